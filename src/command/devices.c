/* SPDX-License-Identifier: MIT */
/** @file
 *  jingle devices PEER: where somebody is online, and which of these devices can receive files. */
#include "app.h"

#include <stdio.h>

#include "report.h"

static int list(const char *peer, const found_t *found)
{
    int status = STATUS_PEER;

    for (size_t i = 0; i < found->n_devices; i++) {
        const device_t *device = &found->devices[i];
        const char *what = device->receives > 0    ? "can receive files"
                           : device->receives == 0 ? "cannot receive files"
                                                   : "does not tell what it can do";
        report_finding(device->receives > 0, device->jid, JINGLE_NS_FILE_TRANSFER,
                       "%s (priority %d)", what, device->priority);
        if (device->receives > 0)
            status = STATUS_DONE;
    }
    if (!found->n_devices && !found->is_contact)
        report_error("peer",
                     "%s is not a contact of yours, so its devices cannot be seen; add each other "
                     "as contacts, "
                     "or ask for the full address, which 'jingle receive' prints there",
                     peer);
    else if (!found->n_devices)
        report_error("peer", "%s is not online", peer);
    return status;
}

int command_devices(const settings_t *settings, int n_words, char **words)
{
    found_t found;
    app_t app;
    wait_t how;
    int status;

    (void)n_words;
    if (words[0][jid_bare_length(words[0])]) {
        fputs("jingle: devices wants a PEER without resource, as user@server\n", stderr);
        return STATUS_USAGE;
    }
    status = app_open(&app, settings, &(app_config_t){.offers = JINGLE_OFFERS_NOBODY});
    if (status != STATUS_DONE)
        return status;
    how = find_devices(&app, words[0], false, &found);
    if (how == WAIT_INTERRUPTED || how == WAIT_OFFLINE)
        status = app_give_up(&app, how);
    else
        status = list(words[0], &found);
    found_free(&found);
    app_close(&app);
    return status;
}

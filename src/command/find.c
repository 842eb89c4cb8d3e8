/* SPDX-License-Identifier: MIT */
/** @file
 *  From an account to the device that can receive files: presence says which devices there are, and
 *  service discovery (or entity capabilities, which the binding knows) what each can do. */
#include "app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

#define FIND_SECONDS 5u
#define SETTLE 1500u /* ms: contacts on other servers show up a little later */
#define ROSTER_TIMEOUT 10000u

/** Lives until the last answer to it has come, however long somebody waits for it. */
typedef struct {
    found_t found;
    char *bare;
    bool first;
    bool has_roster;
    uint64_t news; /**< when something last came */
    size_t refs;
    char condition[64]; /**< of the error that a single device was answered with */
} finder_t;

/* ---- life ------------------------------------------------------------------------------------ */

void found_free(found_t *found)
{
    for (size_t i = 0; i < found->n_devices; i++)
        free(found->devices[i].jid);
    free(found->devices);
    *found = (found_t){0};
}

static finder_t *finder_new(const char *bare, bool first)
{
    finder_t *finder = must_alloc(NULL, sizeof *finder);

    *finder = (finder_t){
        .bare = must_copy(bare, strlen(bare)), .first = first, .refs = 1, .news = clock_ms()};
    return finder;
}

static void finder_release(finder_t *finder)
{
    if (--finder->refs)
        return;
#ifndef __clang_analyzer__ /* which does not follow the counting of references */
    found_free(&finder->found);
    free(finder->bare);
    free(finder);
#endif
}

/* ---- service discovery ----------------------------------------------------------------------- */

static bool can_receive(jingle_t *jingle, const jingle_disco_t *disco)
{
    const char *transport;

    if (!jingle_disco_has(disco, JINGLE_NS) || !jingle_disco_has(disco, JINGLE_NS_FILE_TRANSFER))
        return false;
    for (size_t i = 0; (transport = jingle_get_transport(jingle, i)); i++)
        if (jingle_disco_has(disco, transport))
            return true;
    return false;
}

static void on_disco(jingle_t *jingle, const char *peer, const jingle_disco_t *disco,
                     const jingle_error_t *error, void *userdata)
{
    finder_t *finder = userdata;

    for (size_t i = 0; i < finder->found.n_devices; i++) {
        device_t *device = &finder->found.devices[i];
        if (!jid_matches(device->jid, peer))
            continue;
        device->answered = true;
        device->receives = disco ? can_receive(jingle, disco) : -1;
        device->has_s5b = disco && jingle_disco_has(disco, JINGLE_NS_S5B_TRANSPORT);
    }
    if (error && error->condition)
        snprintf(finder->condition, sizeof finder->condition, "%s", error->condition);
    finder->news = clock_ms();
    finder_release(finder);
}

static void add_device(app_t *app, finder_t *finder, const char *jid, int priority)
{
    found_t *found = &finder->found;
    size_t at = found->n_devices;

    found->devices = must_alloc(found->devices, (at + 1) * sizeof *found->devices);
    found->devices[found->n_devices++] =
        (device_t){.jid = must_copy(jid, strlen(jid)), .priority = priority, .receives = -1};
    finder->news = clock_ms();
    finder->refs++;
    /* The answer may come at once. */
    if (jingle_query_disco(app->jingle, jid, NULL, on_disco, finder) != JINGLE_EOK) {
        found->devices[at].answered = true;
        finder_release(finder);
    }
}

static bool is_known(const found_t *found, const char *jid)
{
    for (size_t i = 0; i < found->n_devices; i++)
        if (strcmp(found->devices[i].jid, jid) == 0)
            return true;
    return false;
}

static void ask_new_devices(app_t *app, finder_t *finder)
{
    const char *own = jingle_get_jid(app->jingle);
    jingle_device_t device = {.jid = NULL};

    while (jingle_next_device(app->jingle, finder->bare, device.jid, &device))
        if (!is_known(&finder->found, device.jid) && (!own || strcmp(device.jid, own) != 0))
            add_device(app, finder, device.jid, device.priority);
}

/* ---- the roster ------------------------------------------------------------------------------ */

static bool may_see(xmpp_stanza_t *item, const char *bare)
{
    const char *jid = xmpp_stanza_get_attribute(item, "jid");
    const char *subscription = xmpp_stanza_get_attribute(item, "subscription");

    return jid && subscription && jid_same_bare(jid, bare) &&
           (strcmp(subscription, "to") == 0 || strcmp(subscription, "both") == 0);
}

static void on_roster(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    finder_t *finder = userdata;
    const char *own = jingle_get_jid(jingle);
    xmpp_stanza_t *query = NULL, *item = NULL;

    finder->has_roster = true;
    finder->news = clock_ms();
    /* A server without rosters says nothing about who can be seen. */
    finder->found.is_contact =
        answer->type != JINGLE_ANSWER_RESULT || (own && jid_same_bare(own, finder->bare));
    if (answer->type == JINGLE_ANSWER_RESULT)
        query = jingle_element_child(answer->stanza, "query", JINGLE_NS_ROSTER);
    if (query)
        item = jingle_element_child(query, "item", JINGLE_NS_ROSTER);
    for (; item; item = jingle_element_next(item))
        if (may_see(item, finder->bare))
            finder->found.is_contact = true;
    finder_release(finder);
}

static void ask_roster(app_t *app, finder_t *finder)
{
    finder->refs++;
    if (jingle_request(app->jingle,
                       JINGLE_REQUEST(.get = true, .xml = "<query xmlns='" JINGLE_NS_ROSTER "'/>",
                                      .timeout = ROSTER_TIMEOUT, .on_answer = on_roster,
                                      .userdata = finder)) != JINGLE_EOK) {
        finder->has_roster = finder->found.is_contact = true;
        finder_release(finder);
    }
}

/* ---- finding --------------------------------------------------------------------------------- */

static bool is_found(app_t *app, void *userdata)
{
    finder_t *finder = userdata;
    bool all = true, one = false;

    ask_new_devices(app, finder);
    for (size_t i = 0; i < finder->found.n_devices; i++) {
        all = all && finder->found.devices[i].answered;
        one = one || finder->found.devices[i].receives > 0;
    }
    if (!finder->has_roster || !all)
        return false;
    if (!finder->found.is_contact || (finder->first && one))
        return true;
    return !finder->first && finder->found.n_devices && clock_ms() - finder->news >= SETTLE;
}

wait_t find_devices(app_t *app, const char *bare, bool first, found_t *found)
{
    finder_t *finder = finder_new(bare, first);
    wait_t how;

    ask_roster(app, finder);
    how = app_wait(app, is_found, finder, app_timeout(app, FIND_SECONDS));
    *found = finder->found;
    finder->found = (found_t){0};
    finder_release(finder);
    return how;
}

/** The one of the highest priority (RFC 6121 section 4.7.2.3), of those that can. */
static const device_t *best_device(const found_t *found)
{
    const device_t *best = NULL;

    for (size_t i = 0; i < found->n_devices; i++) {
        const device_t *device = &found->devices[i];
        if (device->receives > 0 && (!best || device->priority > best->priority))
            best = device;
    }
    return best;
}

/** Several can: who sits there may have another in mind than the one we would take.
 *  @return NULL when none was chosen */
static const device_t *choose_device(app_t *app, const char *peer, const found_t *found,
                                     const device_t *best, wait_t *how)
{
    const device_t *listed[9];
    size_t n = 0, number;

    for (size_t i = 0; i < found->n_devices && n < sizeof listed / sizeof *listed; i++)
        if (found->devices[i].receives > 0)
            listed[n++] = &found->devices[i];
    if (n < 2 || prompt_state(app->settings) != PROMPT_POSSIBLE)
        return best;
    report_note("%s has %zu devices that can receive files:", peer, n);
    for (size_t i = 0; i < n; i++)
        report_note("  %zu  %s%s", i + 1, listed[i]->jid,
                    listed[i] == best ? "  (the usual one)" : "");
    number = prompt_choose(app, "Which?", n, how);
    if (!number && *how == WAIT_DONE)
        report_error("peer", "no device was chosen");
    return number ? listed[number - 1] : NULL;
}

static void explain(const char *peer, const found_t *found)
{
    if (!found->is_contact)
        report_error(
            "peer",
            "%s is not a contact of yours, so its devices cannot be seen; ask for the full "
            "address, "
            "which 'jingle receive' prints there, and send to that: jingle send %s/RESOURCE FILE",
            peer, peer);
    else if (!found->n_devices)
        report_error(
            "peer",
            "%s is not online; start 'jingle receive' there, or wait for it with --timeout SECONDS",
            peer);
    else
        report_error(
            "peer",
            "%s is online, and none of its %zu device%s can receive files; start 'jingle receive' "
            "there",
            peer, found->n_devices, found->n_devices == 1 ? "" : "s");
}

static int find_of_account(app_t *app, const char *peer, char **device)
{
    const device_t *best;
    found_t found;
    wait_t how = find_devices(app, peer, true, &found);
    int status = STATUS_DONE;
    bool chosen = true;

    best = best_device(&found);
    if (best && how == WAIT_DONE) {
        best = choose_device(app, peer, &found, best, &how);
        chosen = best != NULL;
    }
    if (how == WAIT_INTERRUPTED || how == WAIT_OFFLINE) {
        status = app_give_up(app, how);
    } else if (best) {
        *device = must_copy(best->jid, strlen(best->jid));
        app->peer_has_s5b = best->has_s5b;
        report_detail("   %zu device%s of %s, sending to %s", found.n_devices,
                      found.n_devices == 1 ? "" : "s", peer, best->jid);
    } else {
        if (chosen)
            explain(peer, &found);
        status = STATUS_PEER;
    }
    found_free(&found);
    return status;
}

static bool is_answered(app_t *app, void *userdata)
{
    const finder_t *finder = userdata;

    (void)app;
    return finder->found.devices[0].answered;
}

static int find_of_device(app_t *app, const char *peer, char **device)
{
    finder_t *finder = finder_new(peer, true);
    int status = STATUS_DONE, receives;
    wait_t how;

    add_device(app, finder, peer, 0);
    how = app_wait(app, is_answered, finder, app_timeout(app, 2 * FIND_SECONDS));
    receives = finder->found.devices[0].receives;
    if (how == WAIT_INTERRUPTED || how == WAIT_OFFLINE) {
        status = app_give_up(app, how);
    } else if (receives > 0) {
        *device = must_copy(peer, strlen(peer));
        app->peer_has_s5b = finder->found.devices[0].has_s5b;
        app_greet(app, peer);
    } else {
        status = STATUS_PEER;
        if (receives == 0)
            report_error("peer", "%s cannot receive files; start 'jingle receive' there", peer);
        else
            report_error(
                "peer", "%s does not answer%s%s%s: it is not online, or the address is wrong", peer,
                *finder->condition ? " (" : "", finder->condition, *finder->condition ? ")" : "");
    }
    finder_release(finder);
    return status;
}

int find_device(app_t *app, const char *peer, char **device)
{
    *device = NULL;
    return peer[jid_bare_length(peer)] ? find_of_device(app, peer, device)
                                       : find_of_account(app, peer, device);
}

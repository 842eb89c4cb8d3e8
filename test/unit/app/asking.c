/* SPDX-License-Identifier: MIT */
/** @file
 *  Juliet asks Romeo for files. */
#include "asking.h"

#include <stdio.h>
#include <string.h>
#include <utime.h>

#include "support/runner.h"

wire_t *wire;
char stanzas[65536];
const jingle_send_file_t *options;
int provided;
jingle_file_t *open_request;

bool keep_stanzas(wire_t *w, unsigned from, char **xml)
{
    size_t len = strlen(stanzas);

    (void)w;
    (void)from;
    if (strstr(*xml, "<jingle"))
        snprintf(stanzas + len, sizeof stanzas - len, "%s\n", *xml);
    return true;
}

void provide(wire_side_t *side, jingle_file_t *file)
{
    provided = jingle_file_provide(file, folder_path(side->folder, "a"), options);
    if (provided)
        ck_assert_int_eq(jingle_file_decline(file, "secret"), JINGLE_EOK);
}

void keep_request(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    open_request = jingle_file_clone(file);
}

static void start(const wire_config_t *config)
{
    wire_config_t serving = config ? *config : (wire_config_t){0};
    const char *path;

    serving.serves[0] = serving.serves[1] = true;
    wire = wire_new(&serving);
    stanzas[0] = '\0';
    wire->tap = keep_stanzas;
    wire->side[0].on_request = wire->side[1].on_request = provide;
    folder_write(wire->side[0].folder, "a", wire_data(SIZE), SIZE);
    path = folder_path(wire->side[0].folder, "a");
    ck_assert_int_eq(utime(path, &(struct utimbuf){.actime = DATE, .modtime = DATE}), 0);
    options = NULL;
}

void asking_setup(void)
{
    start(NULL);
}

void asking_teardown(void)
{
    ck_assert_uint_eq(wire_free(wire), 0);
}

void again(const wire_config_t *config)
{
    asking_teardown();
    start(config);
}

int ask(const jingle_request_file_t *request)
{
    return jingle_request_file(wire->side[1].jingle, WIRE_ROMEO, request, NULL);
}

static const char *edit_in, *edit_from, *edit_until, *edit_to;

static bool edit(wire_t *w, unsigned from, char **xml)
{
    keep_stanzas(w, from, xml);
    if (strstr(*xml, edit_in))
        wire_edit(xml, edit_from, edit_until, edit_to);
    return true;
}

void set_edit(const char *in, const char *from, const char *until, const char *to)
{
    edit_in = in;
    edit_from = from;
    edit_until = until;
    edit_to = to;
    wire->tap = edit;
}

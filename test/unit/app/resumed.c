/* SPDX-License-Identifier: MIT */
/** @file
 *  A transfer that is cut, and the second offer of the same file. */
#include "resumed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utime.h>

#include "support/runner.h"

wire_t *wire;
char *inbox;
char accepts[4096], checksum[4096];
const plan_t plain;

bool keep_stanzas(wire_t *w, unsigned from, char **xml)
{
    (void)w;
    (void)from;
    if (strstr(*xml, "session-accept"))
        snprintf(accepts, sizeof accepts, "%s", *xml);
    if (strstr(*xml, "<checksum"))
        snprintf(checksum, sizeof checksum, "%s", *xml);
    return true;
}

void begin(const plan_t *plan)
{
    wire_config_t config = {
        .jid = {plan->romeo},
        .fail = {plan->fail[0], plan->fail[1]},
        .ibb = {{.block_size = plan->block, .window = 4}, {.max_block_size = 65535}}};

    accepts[0] = checksum[0] = '\0';
    config.files[1].folder = inbox;
    config.files[1].resume = !plan->no_resume;
    config.files[1].idle_timeout = plan->idle;
    wire = wire_new(&config);
    wire->tap = keep_stanzas;
}

int offer(const plan_t *plan)
{
    const char *name = plan->name ? plan->name : "a", *path;
    size_t len = plan->len ? plan->len : SIZE;
    time_t date = plan->date ? plan->date : 1000000000;
    unsigned char *data = text_alloc(len);

    memcpy(data, wire_data(len), len);
    if (plan->changed)
        data[10] ^= 1;
    folder_write(wire->side[0].folder, name, data, len);
    free(data);
    path = folder_path(wire->side[0].folder, name);
    ck_assert_int_eq(utime(path, &(struct utimbuf){.actime = date, .modtime = date}), 0);
    return jingle_send_file(wire->side[0].jingle, WIRE_JULIET, path,
                            JINGLE_SEND_FILE(.hash_now = plan->hash_now), NULL);
}

void end(void)
{
    ck_assert_uint_eq(wire_free(wire), 0);
    wire = NULL;
}

void resumed_setup(void)
{
    inbox = folder_new();
}

void resumed_teardown(void)
{
    folder_remove(inbox);
}

uint64_t cut_at;

void cut_silently(wire_side_t *side, jingle_file_t *file)
{
    if (jingle_file_get_bytes(file) >= cut_at)
        jingle_session_end(jingle_file_get_session(file),
                           JINGLE_END(.condition = JINGLE_REASON_GONE, .silent = true));
    (void)side;
}

void cut(const plan_t *plan, uint64_t at)
{
    begin(plan);
    cut_at = at;
    wire->side[1].on_progress = cut_silently;
    ck_assert_int_eq(offer(plan), JINGLE_EOK);
    ck_assert(wire_finish(wire, 200000));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done disconnected kept, ended gone"));
    end();
}

long kept(const char *name)
{
    char wanted[64];
    const char *list = folder_list(inbox), *at;

    snprintf(wanted, sizeof wanted, "%s.part ", name);
    at = strstr(list, wanted);
    return at ? atol(at + strlen(wanted)) : -1;
}

void arrives(const plan_t *plan, uint64_t offset)
{
    size_t len = plan->len ? plan->len : SIZE;
    char log[128], range[64];

    begin(plan);
    ck_assert_int_eq(offer(plan), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    snprintf(log, sizeof log, "start%s%.0llu, done done verified, ended success",
             offset ? " at " : "", (unsigned long long)offset);
    ck_assert_str_eq(wire_log(wire, 0), log);
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), log));
    snprintf(range, sizeof range, "<range offset=\"%llu\"/>", (unsigned long long)offset);
    ck_assert_int_eq(strstr(accepts, "<range") != NULL, offset != 0);
    ck_assert(!offset || strstr(accepts, range));
    ck_assert_uint_eq(wire->side[1].progress, len - offset);
    ck_assert_uint_eq(jingle_file_get_length(wire->side[1].file), len - offset);
    if (!plan->changed)
        ck_assert(folder_holds(inbox, plan->name ? plan->name : "a", wire_data(len), len));
    end();
}

void assert_clean(void)
{
    const char *list = folder_list(inbox);

    ck_assert_msg(!strstr(list, ".part") && !strstr(list, ".jingle"), "%s", list);
}

bool edited;
static const char *edit_in, *edit_from, *edit_until, *edit_to;

static bool edit(wire_t *w, unsigned from, char **xml)
{
    keep_stanzas(w, from, xml);
    if (strstr(*xml, edit_in)) {
        wire_edit(xml, edit_from, edit_until, edit_to);
        edited = true;
    }
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

/* SPDX-License-Identifier: MIT */
/** @file
 *  A file that was asked for and cut, and is asked for again. */
#include "asked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "support/runner.h"

const wire_config_t keeps = {.files = {[1] = {.resume = true}},
                             .ibb = {{.block_size = 4096, .window = 4}, {.max_block_size = 65535}}};
uint64_t cut_at;

void asked_setup(void)
{
    asking_setup();
    again(&keeps);
}

void cut_silently(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    if (jingle_file_get_bytes(file) >= cut_at)
        jingle_session_end(jingle_file_get_session(file),
                           JINGLE_END(.condition = JINGLE_REASON_GONE, .silent = true));
}

/** How much Juliet's folder holds of a partial file; -1: none. */
long kept(void)
{
    const char *list = folder_list(wire->side[1].folder), *at = strstr(list, "a.part ");

    return at ? atol(at + strlen("a.part ")) : -1;
}

void give(const unsigned char *data, size_t len, time_t date)
{
    const char *path;

    folder_write(wire->side[0].folder, "a", data, len);
    path = folder_path(wire->side[0].folder, "a");
    ck_assert_int_eq(utime(path, &(struct utimbuf){.actime = date, .modtime = date}), 0);
}

const jingle_request_file_t *the_file(void)
{
    static const jingle_request_file_t request = {.size = sizeof request, .name = "a"};

    return &request;
}

void start_anew(void)
{
    wire_log(wire, 0);
    wire_log(wire, 1);
    stanzas[0] = '\0';
    wire->tap = keep_stanzas;
}

/** A request that is cut at the asker with about so many octets there. */
void cut(const jingle_request_file_t *request, uint64_t at)
{
    cut_at = at;
    wire->side[1].on_progress = cut_silently;
    ck_assert_int_eq(ask(request), JINGLE_EOK);
    ck_assert(wire_finish(wire, 200000));
    ck_assert_has(wire_log(wire, 1), "done disconnected kept, ended gone");
    wire->side[1].on_progress = NULL;
    start_anew();
}

void assert_clean(void)
{
    const char *list = folder_list(wire->side[1].folder);

    ck_assert_msg(!strstr(list, ".part") && !strstr(list, ".jingle"), "%s", list);
}

/** What arrived is the file, gone on with at that place. @param offset 0: begun anew */
void assert_whole(const unsigned char *data, size_t len, uint64_t offset)
{
    char log[128], range[64];

    snprintf(log, sizeof log, "start%s%.0llu, done done verified, ended success",
             offset ? " at " : "", (unsigned long long)offset);
    ck_assert_str_eq(wire_log(wire, 1), log);
    ck_assert_has(wire_log(wire, 0), log);
    snprintf(range, sizeof range, "<range offset=\"%llu\"/>", (unsigned long long)offset);
    if (offset)
        ck_assert_has(stanzas, range);
    else
        ck_assert_has_not(stanzas, "<range offset");
    ck_assert_uint_eq(wire->side[1].progress, len - offset);
    ck_assert(folder_holds(wire->side[1].folder, "a", data, len));
    assert_clean();
}

void arrives(const jingle_request_file_t *request, uint64_t offset)
{
    start_anew();
    ck_assert_int_eq(ask(request), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    assert_whole(wire_data(SIZE), SIZE, offset);
}

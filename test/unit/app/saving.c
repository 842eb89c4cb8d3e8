/* SPDX-License-Identifier: MIT */
/** @file
 *  Two sides whose sessions are saved at each change. */
#include "saving.h"

#include "support/runner.h"

wire_t *wire;
wire_config_t config;
saved_t saved[2];
unsigned n_changes[2], last_change[2];

static void on_changed(wire_side_t *side, jingle_session_t *session)
{
    if (n_changes[side->index]++ < last_change[side->index])
        ck_assert_int_eq(saved_take(&saved[side->index], session), JINGLE_EOK);
}

static void forget(unsigned side)
{
    saved_clear(&saved[side]);
    n_changes[side] = 0;
}

static void listen(unsigned side)
{
    wire->side[side].on_changed = on_changed;
    jingle_set_tell_changes(wire->side[side].jingle, true);
}

void begin(void)
{
    wire = wire_new(&config);
    for (unsigned side = 0; side < 2; side++) {
        last_change[side] = UINT32_MAX;
        forget(side);
        listen(side);
    }
}

void end(void)
{
    ck_assert_uint_eq(wire_free(wire), 0);
    forget(0);
    forget(1);
}

bool crash(unsigned side)
{
    wire_crash(wire, side, &config);
    if (!saved[side].len)
        return false;
    ck_assert_int_eq(
        jingle_restore(wire->side[side].jingle, saved[side].data, saved[side].len, NULL, NULL),
        JINGLE_EOK);
    listen(side);
    return true;
}

void run_to(uint64_t progress)
{
    begin();
    ck_assert_int_eq(wire_send(wire, "a", SIZE, NULL), JINGLE_EOK);
    while (wire->side[1].progress < progress)
        if (!wire_step(wire))
            wire_wait(wire, 0);
}

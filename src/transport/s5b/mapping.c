/* SPDX-License-Identifier: MIT */
/** @file
 *  A way in from outside through a router, XEP-0260 section 2.1. The program knows how to ask the
 *  router; here is when, and what becomes of the answer. */
#include "s5b.h"

#include <stdio.h>

#define ANSWER_MS 2000u

/** Who offers no addresses does not wait for the router, whose answer may never come: the port is given up
 *  with the last of the others. @return the first that has nothing to wait for */
static jingle__s5b_stream_t *first_to_go(const jingle__s5b_module_t *module)
{
    jingle__s5b_stream_t *stream;

    if (jingle__s5b_proxies_awaited(module))
        return NULL;
    DL_FOREACH2(module->waiting, stream, wait_next)
    if (module->mapping != MAPPING_ASKED || !stream->listening)
        return stream;
    return NULL;
}

void jingle__s5b_waiting_go(jingle__s5b_module_t *module)
{
    jingle__s5b_stream_t *stream;

    jingle__s5b_module_ref(module);
    while ((stream = first_to_go(module)) != NULL) {
        jingle__s5b_ref(stream);
        DL_DELETE2(module->waiting, stream, wait_prev, wait_next);
        stream->waits = false;
        if (jingle__s5b_gather(stream) != JINGLE_EOK)
            jingle__s5b_fail(stream, "the candidates could not be gathered");
        jingle__s5b_unref(stream);
    }
    jingle__s5b_module_unref(module);
}

static void known(jingle__s5b_module_t *module)
{
    jingle_timer_cancel(module->map_timer);
    module->map_timer = NULL;
    module->mapping = MAPPING_KNOWN;
    jingle__s5b_waiting_go(module);
}

static void too_late(jingle_t *jingle, void *userdata)
{
    jingle__s5b_module_t *module = userdata;

    (void)jingle;
    module->map_timer = NULL;
    known(module);
}

bool jingle__s5b_map(jingle__s5b_stream_t *stream)
{
    jingle__s5b_module_t *module = stream->module;

    if (!module->map || stream->relay_only || jingle__s5b_listen(stream) != JINGLE_EOK)
        return true;
    if (module->mapping == MAPPING_NONE &&
        jingle_timer_start(module->jingle, ANSWER_MS, too_late, module, &module->map_timer) ==
            JINGLE_EOK) {
        module->mapping = MAPPING_ASKED;
        module->outside[0] = '\0';
        module->mapped_port = stream->net->get_port(stream->net, module->listener);
        module->map(module->jingle, module->mapped_port, true, module->userdata);
    }
    return module->mapping != MAPPING_ASKED;
}

void jingle__s5b_unmap(jingle__s5b_module_t *module)
{
    bool wanted = module->mapping == MAPPING_ASKED || module->outside[0];

    jingle_timer_cancel(module->map_timer);
    module->map_timer = NULL;
    module->mapping = MAPPING_NONE;
    module->outside[0] = '\0';
    if (wanted)
        module->map(module->jingle, module->mapped_port, false, module->userdata);
}

int jingle__s5b_mapped(jingle__s5b_module_t *module, const char *host, uint16_t port)
{
    if (module->mapping == MAPPING_NONE)
        return JINGLE_EINVOP;
    if (host && (!*host || !port || strlen(host) >= sizeof module->outside))
        return JINGLE_EINVAL;
    snprintf(module->outside, sizeof module->outside, "%s", host ? host : "");
    module->outside_port = port;
    if (module->mapping == MAPPING_ASKED)
        known(module);
    return JINGLE_EOK;
}

/* SPDX-License-Identifier: MIT */
/** @file
 *  Plug-ins for tests of the managed type. */
#include "stub_private.h"

#include <stdlib.h>
#include <string.h>

static const char *const point_names[STUB_POINTS] = {
    "create", "check",    "apply",   "describe",  "free",     "prepare", "start",
    "stop",   "finish",   "offered", "accepted",  "open",     "info",    "tell",
    "told",   "modified", "closed",  "resumable", "competes", "awaits",  "wrap",
    "send",   "save",     "restore", "resume"};

const char *const stub_names[STUB_PLUGINS] = {"a", "b", "t1", "t2", "t3", "dg", "s"};

const char *stub_point_name(stub_point_t point)
{
    return point_names[point];
}

static bool is_logged(stub_point_t point)
{
    return point != STUB_CREATE && point != STUB_CHECK && point != STUB_DESCRIBE &&
           point != STUB_RESUMABLE && point != STUB_COMPETES && point != STUB_AWAITS &&
           point != STUB_TELL && point != STUB_TOLD && point != STUB_MODIFIED &&
           point != STUB_CLOSED && point != STUB_SEND && point != STUB_SAVE;
}

/** Every function begins here. */
stub_plan_t *stub_enter(stub_part_t *self, stub_point_t point)
{
    stub_t *stub = self->stub;

    if (is_logged(point) && !stub->silent)
        engine_note(stub->engine, "%s.%s %s", stub_names[self->id], point_names[point],
                    self->content);
    if (stub->hook)
        stub->hook(stub, self, point);
    return &stub->plan[self->id];
}

/* ---- what all share ---- */

/** What the plug-ins are registered with: gone with the manager, so that none is made after that. */
typedef struct {
    stub_t *stub;
} home_t;

int stub_create(void *home, stub_plugin_id_t id, jingle_part_t *part, void **out)
{
    stub_t *stub = ((home_t *)home)->stub;
    stub_part_t *self = text_alloc(sizeof(*self));

    self->stub = stub;
    self->id = id;
    self->part = part;
    self->content = text_dup(jingle_content_get_name(jingle_part_get_content(part)));
    self->next = stub->parts;
    stub->parts = self;
    stub->live++;
    stub_enter(self, STUB_CREATE);
    if (stub->plan[id].result[STUB_CREATE] == JINGLE_EOK) {
        *out = self;
        return JINGLE_EOK;
    }
    stub->parts = self->next;
    stub->live--;
    free(self->content);
    free(self);
    return stub->plan[id].result[STUB_CREATE];
}

jingle_check_t stub_check(void *p, jingle_action_t action, xmpp_stanza_t *element,
                          jingle_reason_t *why)
{
    stub_part_t *self = p;
    stub_plan_t *plan = stub_enter(self, STUB_CHECK);
    const char *verdict = xmpp_stanza_get_attribute(element, "verdict");
    const char *reason = xmpp_stanza_get_attribute(element, "reason");

    (void)action;
    why->condition = reason ? jingle_reason_from_name(reason) : plan->why;
    why->text = xmpp_stanza_get_attribute(element, "text");
    if (verdict && strcmp(verdict, "malformed") == 0)
        return JINGLE_CHECK_MALFORMED;
    if (verdict && strcmp(verdict, "unusable") == 0)
        return JINGLE_CHECK_UNUSABLE;
    return plan->verdict;
}

int stub_apply(void *p, jingle_action_t action, xmpp_stanza_t *element)
{
    (void)action;
    (void)element;
    return stub_enter(p, STUB_APPLY)->result[STUB_APPLY];
}

static bool is_info(jingle_action_t action)
{
    return action == JINGLE_ACTION_TRANSPORT_INFO || action == JINGLE_ACTION_DESCRIPTION_INFO ||
           action == JINGLE_ACTION_SECURITY_INFO;
}

int stub_describe(void *p, jingle_action_t action, xmpp_stanza_t *element)
{
    stub_part_t *self = p;
    stub_plan_t *plan = stub_enter(self, STUB_DESCRIBE);

    if (plan->in_transport && !is_info(action))
        return JINGLE_ENOENT;
    if (is_info(action) && !self->has_news)
        return JINGLE_ENOENT;
    if (is_info(action)) {
        self->has_news = false;
        self->told++;
    }
    if (xmpp_stanza_set_attribute(element, "by", stub_names[self->id]) != XMPP_EOK)
        return JINGLE_EMEM;
    return plan->result[STUB_DESCRIBE];
}

void stub_forget(void *p)
{
    stub_part_t *self = p, **at = &self->stub->parts;

    stub_enter(self, STUB_FREE);
    while (*at && *at != self)
        at = &(*at)->next;
    if (!*at)
        abort(); /* freed twice */
    *at = self->next;
    self->stub->live--;
    jingle_channel_release(self->channel);
    jingle_channel_release(self->inner);
    text_clear(&self->received);
    text_clear(&self->sent);
    free(self->content);
    free(self);
}

/* ---- saving ---- */

int stub_save(void *p, jingle_save_t *save)
{
    stub_part_t *self = p;

    jingle_save_number(save, self->tells);
    jingle_save_text(save, text_str(&self->received));
    return stub_enter(self, STUB_SAVE)->result[STUB_SAVE];
}

int stub_restore(void *home, stub_plugin_id_t id, jingle_part_t *part, jingle_load_t *load,
                 void **out)
{
    stub_part_t *self = NULL;
    const char *received;
    int rc = stub_create(home, id, part, out);

    if (rc != JINGLE_EOK)
        return rc;
    self = *out;
    self->tells = (unsigned)jingle_load_number(load, 100);
    received = jingle_load_text(load, 10000);
    rc = jingle_load_is_done(load) ? stub_enter(self, STUB_RESTORE)->result[STUB_RESTORE]
                                   : JINGLE_EDATA;
    if (rc != JINGLE_EOK)
        stub_forget(self);
    else if (received)
        text_puts(&self->received, received);
    return rc;
}

/* ---- the whole ---- */

static const char module_key;

static int make_home(stub_t *stub, jingle_t *jingle)
{
    home_t *home = text_alloc(sizeof(*home));
    int rc = jingle_set_module(jingle, &module_key, home, free);

    if (rc != JINGLE_EOK) {
        free(home);
        return rc;
    }
    home->stub = stub;
    stub->home = home;
    return JINGLE_EOK;
}

stub_t *stub_new(engine_t *engine)
{
    stub_t *stub = text_alloc(sizeof(*stub));
    jingle_t *jingle = engine->jingle;

    stub->engine = engine;
    engine->user = stub;
    for (int i = 0; i < STUB_PLUGINS; i++)
        stub->plan[i].name = stub_names[i];
    if (make_home(stub, jingle) ||
        jingle_register_application(jingle, STUB_APP, &stub_application_a, stub->home) ||
        jingle_register_application(jingle, STUB_APP2, &stub_application_b, stub->home) ||
        jingle_register_transport(jingle, STUB_T3, &stub_transport_t3, stub->home) ||
        jingle_register_transport(jingle, STUB_T1, &stub_transport_t1, stub->home) ||
        jingle_register_transport(jingle, STUB_T2, &stub_transport_t2, stub->home) ||
        jingle_register_transport(jingle, STUB_DG, &stub_transport_dg, stub->home) ||
        jingle_register_security(jingle, STUB_SEC, &stub_security_s, stub->home)) {
        free(stub);
        engine->user = NULL;
        return NULL;
    }
    return stub;
}

size_t stub_free(stub_t *stub)
{
    size_t live = stub ? stub->live : 0;

    free(stub);
    return live;
}

stub_part_t *stub_find(stub_t *stub, stub_plugin_id_t id, const char *content)
{
    stub_part_t *self = stub->parts;

    while (self && (self->id != id || strcmp(self->content, content) != 0 ||
                    !jingle_part_is_live(self->part)))
        self = self->next;
    return self;
}

void stub_news(stub_part_t *self)
{
    self->has_news = true;
    jingle_part_news(self->part);
}

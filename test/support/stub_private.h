/* SPDX-License-Identifier: MIT */
/** @file
 *  What the files of the stub plug-ins share. */
#ifndef TEST_SUPPORT_STUB_PRIVATE_H
#define TEST_SUPPORT_STUB_PRIVATE_H

#include "stub_plugins.h"

extern const char *const stub_names[STUB_PLUGINS];

/** Every function begins here. @return how the plug-in is to behave */
stub_plan_t *stub_enter(stub_part_t *self, stub_point_t point);
/** @param home what the plug-in was registered with */
int stub_create(void *home, stub_plugin_id_t id, jingle_part_t *part, void **out);
jingle_check_t stub_check(void *self, jingle_action_t action, xmpp_stanza_t *element,
                          jingle_reason_t *why);
int stub_apply(void *self, jingle_action_t action, xmpp_stanza_t *element);
int stub_describe(void *self, jingle_action_t action, xmpp_stanza_t *element);
void stub_forget(void *self);
int stub_save(void *self, jingle_save_t *save);
int stub_restore(void *home, stub_plugin_id_t id, jingle_part_t *part, jingle_load_t *load,
                 void **out);

#define STUB_SHARED(n)                                                                             \
    .size = sizeof(n), .check = stub_check, .apply = stub_apply, .describe = stub_describe,        \
    .free = stub_forget

extern const jingle_application_t stub_application_a, stub_application_b;
extern const jingle_transport_t stub_transport_t1, stub_transport_t2, stub_transport_t3,
    stub_transport_dg;
extern const jingle_security_t stub_security_s;

#endif

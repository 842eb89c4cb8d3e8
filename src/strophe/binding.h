/* SPDX-License-Identifier: MIT */
/** @file
 *  What the files of the binding share. It is built on the public headers alone.
 *
 *  Two objects. A binding is a module of one manager, from its first jingle_attach() to its end: the
 *  settings and all that is learnt of peers. A hook is what libstrophe's handlers hold: it belongs to
 *  one connection, knows which manager is attached to it now, and outlives that as long as a
 *  handler of it runs. */
#ifndef JINGLE_STROPHE_BINDING_H
#define JINGLE_STROPHE_BINDING_H

#include <string.h>

#include <jingle/binding.h>
#include <jingle/session.h>

#include "jid.h"
#include "map.h"

#define JINGLE__NODE "https://libstrophe-jingle.example"
#define JINGLE__DEVICES 4096u /* known at a time */
#define JINGLE__DEVICES_PER_ACCOUNT 32u
#define JINGLE__CAPS 256u          /* verified capabilities kept */
#define JINGLE__CAPS_OCTETS 16384u /* the largest that are kept */
#define JINGLE__QUERIES 256u       /* that wait */
#define JINGLE__GRACE 7000u        /* XEP-0166 section 6.7: 5 to 10 seconds */
#define JINGLE__GRACE_PEERS 1024u  /* before it is looked who of them has sessions at all */

typedef struct jingle__binding jingle__binding_t;
typedef struct jingle__hook jingle__hook_t;

/* ---- hooks and the clock (loop.c, hook.c, online.c) ------------------------------------------ */

/** The stanza handlers, one function for each: libstrophe takes the same function with the same
 *  userdata once, whatever the filter. The last two are no handlers; they say who is running. */
enum {
    JINGLE__ON_SET,
    JINGLE__ON_GET,
    JINGLE__ON_RESULT,
    JINGLE__ON_ERROR,
    JINGLE__ON_PRESENCE,
    JINGLE__ON_MESSAGE,
    JINGLE__HANDLERS,
    JINGLE__IN_TICK = JINGLE__HANDLERS,
    JINGLE__IN_CALL
};

/** The timer of one context. Kept in the context's first hook. */
typedef struct {
    unsigned armed;    /**< which of the two handlers libstrophe has: 1 or 2; 0: none */
    xmpp_conn_t *conn; /**< has the same as a timer of its own; NULL: none */
    uint64_t due;
    bool running;
} jingle__beat_t;

struct jingle__hook {
    jingle__hook_t *next; /**< in the list of all hooks; guarded, see loop.c */
    xmpp_ctx_t *ctx;
    xmpp_conn_t *conn; /**< a reference */
    xmpp_mem_t mem;
    jingle__binding_t *binding; /**< NULL: nobody is attached; it goes when nothing of it runs */
    unsigned added;             /**< handlers that libstrophe has, as bits */
    unsigned running;           /**< what of it is on the stack, as bits */
    bool visited;               /**< in this beat */
    bool looked;                /**< at what the stream is for */
    bool authenticated;         /**< the connection has come up, as far as seen */
    bool online;
    jingle__beat_t beat;
};

uint64_t jingle__clock(void);
/** @return the hook on that connection, or NULL */
jingle__hook_t *jingle__hook_find(xmpp_conn_t *conn);
void jingle__hook_link(jingle__hook_t *hook);
/** Out of the list; the last one of a context takes the timer along. */
void jingle__hook_unlink(jingle__hook_t *hook);
/** Has the context's timer call within that time. */
void jingle__beat_within(xmpp_ctx_t *ctx, uint64_t delay);
/** Takes the timer off the hook's connection. */
void jingle__beat_leave(const jingle__hook_t *hook);

/** Puts a binding's handlers on a connection; binding->hook is set.
 *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EEXIST */
int jingle__hook_attach(jingle__binding_t *binding, xmpp_conn_t *conn);
void jingle__hook_detach(jingle__binding_t *binding);
/** Around what may call back: the hook's memory stays. @return what leave is to be given */
unsigned jingle__hook_enter(jingle__hook_t *hook, unsigned what);
void jingle__hook_leave(jingle__hook_t *hook, unsigned before);
/** One beat of a hook. @return ms to the next */
uint64_t jingle__hook_tick(jingle__hook_t *hook, uint64_t now);
/** Frees it if nobody is attached and nothing of it runs. @return true when it did */
bool jingle__hook_reap(jingle__hook_t *hook);

/** Looks how the connection is. May call back. */
void jingle__online_update(jingle__hook_t *hook);
bool jingle__online_can_send(const jingle__hook_t *hook);
/** The manager's output. */
int jingle__online_send(jingle_t *jingle, const char *xml, size_t len, void *userdata);
size_t jingle__online_backlog(jingle_t *jingle, void *userdata);

/** What xmpp_send_raw() does not tell: whether the stanza was queued. @param xml terminated
 *  @return JINGLE_EOK or JINGLE_EMEM */
int jingle__online_queue(xmpp_conn_t *conn, const char *xml, size_t len);

/* hold.c */
typedef struct jingle__held jingle__held_t;
/** @return JINGLE_EOK; JINGLE_ESEND: nothing is to be kept, or no more; JINGLE_EMEM */
int jingle__hold_add(jingle__binding_t *binding, const char *xml, size_t len);
/** Sends what was kept. Calls nobody back. */
void jingle__hold_flush(jingle__hook_t *hook);
void jingle__hold_clear(jingle__binding_t *binding);

/* ---- discovery documents (disco.c, caps.c, forms.c) ------------------------------------------ */

/** What an entity told, sorted as XEP-0115 section 5.1 wants. Its strings are borrowed or its own. */
typedef struct {
    jingle_disco_t disco;
    bool duplicates; /**< two of the same: XEP-0115 section 5.4 calls that ill-formed */
    size_t octets;   /**< of all strings */
    jingle_identity_t *identities;
    const char **features;
} jingle__doc_t;

/** @return a document that borrows from the `<query/>`; JINGLE_EPROTO, JINGLE_ELIMIT, JINGLE_EMEM */
int jingle__doc_parse(const xmpp_mem_t *mem, xmpp_stanza_t *query, jingle__doc_t **doc);
/** @return a document that borrows the strings given */
int jingle__doc_new(const xmpp_mem_t *mem, size_t n_identities, size_t n_features,
                    jingle__doc_t **doc);
void jingle__doc_sort(jingle__doc_t *doc);
/** @return a document that has its strings itself; NULL: no memory. All of them are one block */
jingle__doc_t *jingle__doc_copy(const xmpp_mem_t *mem, const jingle__doc_t *doc);
/** @return JINGLE_EOK or JINGLE_EMEM */
int jingle__disco_add_identity(xmpp_stanza_t *query, const jingle_identity_t *identity);
int jingle__disco_add_feature(xmpp_stanza_t *query, const char *feature);

/** A hash function of XEP-0300 that capabilities may be made with. */
typedef enum { JINGLE__HASH_NONE, JINGLE__HASH_SHA1, JINGLE__HASH_SHA256 } jingle__hash_t;
#define JINGLE__VER_SIZE 48 /* of a SHA-256 in base64, and its NUL */

jingle__hash_t jingle__hash_from_name(const char *name);
/** The verification string, hashed (XEP-0115 section 5.1).
 *  @param query with the forms, or NULL
 *  @return JINGLE_EOK; JINGLE_EPROTO: the document is ill-formed (section 5.4); JINGLE_EMEM */
int jingle__caps_ver(const xmpp_mem_t *mem, jingle__hash_t hash, const jingle__doc_t *doc,
                     xmpp_stanza_t *query, char ver[JINGLE__VER_SIZE]);

/** Forms of service discovery extensions (XEP-0128), each field in the order of its hash.
 *  @param add called for each string that goes into the hash
 *  @return as jingle__caps_ver() */
int jingle__forms_each(const xmpp_mem_t *mem, xmpp_stanza_t *query,
                       void (*add)(void *sink, const char *string), void *sink);

/** What entities with some capabilities can do; kept when it was verified. */
typedef struct {
    jingle__keyed_t keyed; /**< hash's number and ver */
    uint64_t used;
    size_t refs;
    jingle__doc_t *doc;
} jingle__caps_t;

/** Our entity capabilities, or a peer's as its presence told. */
typedef struct {
    jingle__hash_t hash; /**< JINGLE__HASH_NONE: none that we can use */
    const char *node;
    const char *ver;
} jingle__caps_id_t;

/** @return a reference; NULL when they are not known */
jingle__caps_t *jingle__caps_find(jingle__binding_t *binding, const jingle__caps_id_t *id);
void jingle__caps_release(const xmpp_mem_t *mem, jingle__caps_t *caps);
/** Keeps a document if its hash is right. */
void jingle__caps_learn(jingle__binding_t *binding, const jingle__caps_id_t *id,
                        const jingle__doc_t *doc, xmpp_stanza_t *query);
void jingle__caps_clear(jingle__binding_t *binding);

/* ---- the binding ------------------------------------------------------------------------------ */

typedef struct {
    jingle__keyed_t keyed; /**< full JID */
    int priority;
    uint64_t heard;
    jingle__caps_id_t caps;
} jingle__device_t;

struct jingle__binding {
    jingle_t *jingle;
    xmpp_mem_t mem;
    jingle__hook_t *hook; /**< NULL: not attached */
    char *own;            /**< the full JID bound last, as the server wrote it */
    uintptr_t bound; /**< its address there, which stays when a stream is resumed; 0: no client */
    bool component;
    bool was_online; /**< once at least */
    uint64_t serial;

    jingle_offers_t offers;
    jingle__map_t allowed;  /**< of jingle__keyed_t */
    jingle__map_t contacts; /**< of jingle__keyed_t, bare JIDs */
    uint32_t grace;
    bool answer_unhandled;
    jingle_trace_fn trace;
    void *trace_userdata;
    size_t hold;          /**< octets that are kept while the connection is down */
    jingle__held_t *held; /**< in the order sent */
    jingle__held_t *held_tail;
    size_t held_octets, n_held;

    bool answer_disco;
    jingle__doc_t *self; /**< our identities; features are the manager's */
    char *node;
    uint32_t ver_version; /**< of the features that ver was made of */
    char ver[JINGLE__VER_SIZE];

    jingle__map_t devices; /**< of jingle__device_t */
    jingle__map_t leaving; /**< peers that are unavailable, see leave.c */
    size_t leaving_limit;
    jingle__map_t caps; /**< of jingle__caps_t */
    size_t n_queries;   /**< that wait */
};

/** @return the manager's binding; NULL when it was never attached */
jingle__binding_t *jingle__binding_get(const jingle_t *jingle);
void jingle__binding_be_component(jingle__binding_t *binding);

/* policy.c, roster.c */
int jingle__policy_set(jingle__binding_t *binding, jingle_offers_t offers);
/** May this entity learn what we can do? */
bool jingle__policy_may_ask(jingle__binding_t *binding, const char *from, const char *own);
bool jingle__is_own_account(const jingle__binding_t *binding, const char *from);
void jingle__roster_request(jingle__binding_t *binding);
/** @return true for a roster push of our own server's */
bool jingle__roster_is_push(const jingle__binding_t *binding, xmpp_stanza_t *iq);
void jingle__roster_push(jingle__binding_t *binding, xmpp_stanza_t *iq);

/* devices.c, leave.c */
void jingle__devices_presence(jingle__binding_t *binding, xmpp_stanza_t *presence, const char *from,
                              bool available);
const jingle__device_t *jingle__devices_find(const jingle__binding_t *binding, const char *jid);
void jingle__devices_clear(jingle__binding_t *binding);
/** @param own JID of ours that it was said to: it concerns a component's sessions under that bare JID only */
void jingle__leave_start(jingle__binding_t *binding, const char *own, const char *peer);
void jingle__leave_stop(jingle__binding_t *binding, const char *own, const char *peer);
void jingle__leave_clear(jingle__binding_t *binding);

/* serve.c, unhandled.c */
int jingle__serve_set(jingle__binding_t *binding, bool answer);
void jingle__answer_unhandled(jingle__hook_t *hook, xmpp_stanza_t *iq);

/* describe.c */
void jingle__trace_received(jingle__hook_t *hook, xmpp_stanza_t *stanza);
void jingle__trace_sent(jingle__hook_t *hook, const char *xml, size_t len);

/* ---- small things ----------------------------------------------------------------------------- */

static inline void *jingle__bind_alloc(const xmpp_mem_t *mem, size_t size)
{
    void *p = mem->alloc(size, mem->userdata);

    return p ? memset(p, 0, size) : NULL;
}

static inline void jingle__bind_free(const xmpp_mem_t *mem, void *p)
{
    if (p)
        mem->free(p, mem->userdata);
}

static inline char *jingle__bind_strdup(const xmpp_mem_t *mem, const char *string)
{
    size_t size = string ? strlen(string) + 1 : 0;
    char *copy = string ? mem->alloc(size, mem->userdata) : NULL;

    return copy ? memcpy(copy, string, size) : NULL;
}

#endif

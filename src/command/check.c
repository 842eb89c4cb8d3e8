/* SPDX-License-Identifier: MIT */
/** @file
 *  jingle check: logs in, and says what is there for files to get through and what is missing. */
#include "app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

#define ANSWER_SECONDS 10u

#define NS_SM "urn:xmpp:sm:3"
#define ITEMS_MAX 50u /* of a server, that are asked whether they are a proxy */

/** The questions that were asked, and their answers. */
typedef struct {
    app_t app;
    bool has_self, has_server, has_roster;
    int self;         /**< 1: we see ourselves as others do; 0: not */
    int server;       /**< 1: the server answers service discovery */
    int roster;       /**< number of contacts; negative: none to be had */
    unsigned n_proxy; /**< questions about proxies that are not answered */
    char *proxy;      /**< JID of the first one that told where it is; NULL: none has */
    char *refusing;   /**< of one that did not; NULL: none */
    char address[300];
} check_t;

static void on_self(jingle_t *jingle, const char *peer, const char *feature, int supported,
                    void *userdata)
{
    check_t *check = userdata;

    (void)jingle;
    (void)peer;
    (void)feature;
    check->has_self = true;
    check->self = supported > 0;
}

static void on_server(jingle_t *jingle, const char *peer, const jingle_disco_t *disco,
                      const jingle_error_t *error, void *userdata)
{
    check_t *check = userdata;

    (void)jingle;
    (void)peer;
    (void)error;
    check->has_server = true;
    check->server = disco != NULL;
}

static void on_roster(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    check_t *check = userdata;
    xmpp_stanza_t *query, *item = NULL;

    (void)jingle;
    check->has_roster = true;
    if (answer->type != JINGLE_ANSWER_RESULT)
        return;
    check->roster = 0;
    query = jingle_element_child(answer->stanza, "query", JINGLE_NS_ROSTER);
    if (query)
        item = jingle_element_child(query, "item", JINGLE_NS_ROSTER);
    for (; item; item = jingle_element_next(item)) {
        const char *subscription = xmpp_stanza_get_attribute(item, "subscription");
        check->roster += subscription && strcmp(subscription, "both") == 0;
    }
}

/* ---- proxies (XEP-0065 section 4) ------------------------------------------------------------ */

static void remember(char **jid, const char *value)
{
    if (!*jid)
        *jid = must_copy(value, strlen(value));
}

static void on_address(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    check_t *check = userdata;
    const char *jid = answer->stanza ? xmpp_stanza_get_from(answer->stanza) : NULL;
    xmpp_stanza_t *query = NULL, *at = NULL;
    const char *host = NULL, *port = NULL;

    (void)jingle;
    check->n_proxy--;
    if (jid && answer->type == JINGLE_ANSWER_RESULT)
        query = jingle_element_child(answer->stanza, "query", JINGLE_NS_BYTESTREAMS);
    if (query)
        at = jingle_element_child(query, "streamhost", JINGLE_NS_BYTESTREAMS);
    if (at) {
        host = xmpp_stanza_get_attribute(at, "host");
        port = xmpp_stanza_get_attribute(at, "port");
    }
    if (host && !check->proxy) {
        remember(&check->proxy, jid);
        snprintf(check->address, sizeof check->address, "%s%s%s", host, port ? ":" : "",
                 port ? port : "");
    } else if (jid && !host) {
        remember(&check->refusing, jid);
    }
}

static void on_item(jingle_t *jingle, const char *peer, const jingle_disco_t *disco,
                    const jingle_error_t *error, void *userdata)
{
    check_t *check = userdata;
    bool is_proxy = false;

    (void)error;
    check->n_proxy--;
    for (size_t i = 0; disco && i < disco->n_identities; i++)
        is_proxy = is_proxy || (strcmp(disco->identities[i].category, "proxy") == 0 &&
                                strcmp(disco->identities[i].type, "bytestreams") == 0);
    if (is_proxy &&
        jingle_request(jingle, JINGLE_REQUEST(.to = peer, .get = true,
                                              .xml = "<query xmlns='" JINGLE_NS_BYTESTREAMS "'/>",
                                              .on_answer = on_address, .userdata = check)) ==
            JINGLE_EOK)
        check->n_proxy++;
}

static void on_items(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    check_t *check = userdata;
    xmpp_stanza_t *query = NULL, *item = NULL;
    unsigned n = 0;

    check->n_proxy--;
    if (answer->type == JINGLE_ANSWER_RESULT)
        query = jingle_element_child(answer->stanza, "query", JINGLE_NS_DISCO_ITEMS);
    if (query)
        item = jingle_element_child(query, "item", JINGLE_NS_DISCO_ITEMS);
    for (; item && n < ITEMS_MAX; item = jingle_element_next(item), n++) {
        const char *jid = xmpp_stanza_get_attribute(item, "jid");
        if (!jid)
            continue;
        check->n_proxy++; /* it may be answered at once */
        if (jingle_query_disco(jingle, jid, NULL, on_item, check) != JINGLE_EOK)
            check->n_proxy--;
    }
}

static void ask_for_proxies(check_t *check, const char *server)
{
    if (jingle_request(check->app.jingle,
                       JINGLE_REQUEST(.to = server, .get = true,
                                      .xml = "<query xmlns='" JINGLE_NS_DISCO_ITEMS "'/>",
                                      .on_answer = on_items, .userdata = check)) == JINGLE_EOK)
        check->n_proxy++;
}

/* ---- all ------------------------------------------------------------------------------------- */

static void ask(check_t *check)
{
    jingle_t *jingle = check->app.jingle;
    const char *own = jingle_get_jid(jingle), *domain = strchr(own, '@') + 1;
    char server[1024];

    snprintf(server, sizeof server, "%.*s", (int)jid_bare_length(domain), domain);
    check->roster = -1;
    check->has_self = jingle_query_feature(jingle, own, NULL, JINGLE_NS_FILE_TRANSFER, on_self,
                                           check) != JINGLE_EOK;
    check->has_server = jingle_query_disco(jingle, server, NULL, on_server, check) != JINGLE_EOK;
    check->has_roster =
        jingle_request(jingle,
                       JINGLE_REQUEST(.get = true, .xml = "<query xmlns='" JINGLE_NS_ROSTER "'/>",
                                      .on_answer = on_roster, .userdata = check)) != JINGLE_EOK;
    ask_for_proxies(check, server);
}

static bool is_answered(app_t *app, void *userdata)
{
    const check_t *check = userdata;

    (void)app;
    return check->has_self && check->has_server && check->has_roster &&
           (check->proxy || !check->n_proxy);
}

static void tell_features(const app_t *app)
{
    static const struct {
        const char *ns, *words;
    } wanted[] = {
        {JINGLE_NS, "Jingle sessions (XEP-0166)"},
        {JINGLE_NS_FILE_TRANSFER, "file transfer (XEP-0234)"},
        {JINGLE_NS_IBB_TRANSPORT,
         "in-band bytestreams (XEP-0261): through the servers, works everywhere, slow"},
        {JINGLE_NS_S5B_TRANSPORT, "SOCKS5 bytestreams (XEP-0260): directly or by a proxy, fast"},
    };

    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        bool have = false;
        const char *feature;
        for (size_t j = 0; (feature = jingle_get_feature(app->jingle, j)); j++)
            have = have || strcmp(feature, wanted[i].ns) == 0;
        report_finding(have, NULL, wanted[i].ns, "%s%s", wanted[i].words,
                       have ? "" : " (switched off by --transport)");
    }
}

static void tell_connection(const app_t *app)
{
    bool secured = xmpp_conn_is_secured(app->conn) != 0;
    bool checked = secured && !app->settings->insecure;

    report_finding(true, NULL, "login", "logged in as %s", jingle_get_jid(app->jingle));
    report_finding(
        checked, NULL, "tls", "%s",
        checked   ? "the connection is encrypted, the server's certificate was checked"
        : secured ? "the connection is encrypted, but the certificate was not checked (--insecure)"
                  : "the connection is not encrypted (--insecure)");
    report_finding(app->stream.kept, NULL, NS_SM, "%s",
                   app->stream.kept
                       ? "a connection that breaks is resumed (XEP-0198): what is under way goes on"
                       : "a connection that breaks is not resumed (XEP-0198): what was under way "
                         "in-band is offered again");
}

static void tell_proxy(const check_t *check)
{
    if (check->proxy)
        report_finding(true, check->proxy, JINGLE_NS_BYTESTREAMS,
                       "carries files where a direct way is not open (at %s)", check->address);
    else if (check->refusing)
        report_finding(false, check->refusing, JINGLE_NS_BYTESTREAMS,
                       "is a proxy that does not let us in: where a direct way is not open, files "
                       "go in-band");
    else
        report_finding(false, NULL, JINGLE_NS_BYTESTREAMS,
                       "no proxy at the server: where a direct way is not open, files go in-band");
}

static void tell_server(const check_t *check)
{
    report_finding(check->server > 0, NULL, JINGLE_NS_DISCO_INFO, "the server %s service discovery",
                   check->server > 0 ? "answers" : "does not answer");
    tell_proxy(check);
    if (check->roster > 0)
        report_finding(true, NULL, JINGLE_NS_ROSTER, "%d contact%s can be sent to as user@server",
                       check->roster, check->roster == 1 ? "" : "s");
    else
        report_finding(false, NULL, JINGLE_NS_ROSTER,
                       "no contacts; others can be sent to by their full address, "
                       "which 'jingle receive' prints there");
    report_finding(check->self > 0, NULL, JINGLE_NS_FILE_TRANSFER,
                   "requests %s us by way of the server",
                   check->self > 0 ? "reach" : "do not reach");
}

int command_check(const settings_t *settings, int n_words, char **words)
{
    check_t check = {.self = 0};
    wait_t how;
    int status;

    (void)n_words;
    (void)words;
    status = app_open(
        &check.app, settings,
        &(app_config_t){.offers = JINGLE_OFFERS_ANYONE, .login_seconds = settings->timeout});
    if (status != STATUS_DONE)
        return status;
    ask(&check);
    how = app_wait(&check.app, is_answered, &check, app_timeout(&check.app, ANSWER_SECONDS));
    if (how == WAIT_INTERRUPTED || how == WAIT_OFFLINE) {
        status = app_give_up(&check.app, how);
    } else {
        tell_connection(&check.app);
        tell_features(&check.app);
        tell_server(&check);
        status = check.self > 0 ? STATUS_DONE : STATUS_FAILED;
    }
    app_close(&check.app);
    free(check.proxy);
    free(check.refusing);
    return status;
}

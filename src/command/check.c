/* SPDX-License-Identifier: MIT */
/** @file
 *  jingle check: logs in, and says what is there for files to get through and what is missing. */
#include "app.h"

#include <stdio.h>
#include <string.h>

#include "report.h"

#define ANSWER_SECONDS 10u

#define NS_BYTESTREAMS "http://jabber.org/protocol/bytestreams"

/** The questions that were asked, and their answers. */
typedef struct {
    app_t app;
    bool has_self, has_server, has_roster;
    int self;   /**< 1: we see ourselves as others do; 0: not */
    int server; /**< 1: the server answers service discovery */
    int roster; /**< number of contacts; negative: none to be had */
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
}

static bool is_answered(app_t *app, void *userdata)
{
    const check_t *check = userdata;

    (void)app;
    return check->has_self && check->has_server && check->has_roster;
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
}

static void tell_server(const check_t *check)
{
    report_finding(check->server > 0, NULL, JINGLE_NS_DISCO_INFO, "the server %s service discovery",
                   check->server > 0 ? "answers" : "does not answer");
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
    return status;
}

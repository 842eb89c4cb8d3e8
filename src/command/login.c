/* SPDX-License-Identifier: MIT */
/** @file
 *  Logging in, and saying why it did not work: libstrophe's callback only says that the connection
 *  ended, so what its log tells on the way is kept. The log holds the password in clear; nothing of
 *  it is ever shown but the messages that are known here. */
#include "app.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "report.h"

#define LOGIN_SECONDS 30u /* at least: a busy server is no reason to give up */

/* libstrophe's callbacks about certificates and sockets get no user pointer. There is one connection
 * in the program. */
static app_t *the_app;
static struct {
    log_login_t why;
    char issuer[256];
    char fingerprint[128];
    bool finished;
} state;

/* ---- what libstrophe tells ------------------------------------------------------------------- */

static void on_log(void *userdata, xmpp_log_level_t level, const char *area, const char *message)
{
    (void)area;
    stream_log(userdata, message);
    if (!log_login(&state.why, message) && level == XMPP_LEVEL_ERROR && log_may_show(message))
        report_detail("   libstrophe: %s", message);
}

static int on_certificate(const xmpp_tlscert_t *certificate, const char *const why)
{
    const char *issuer = xmpp_tlscert_get_string(certificate, XMPP_CERT_ISSUER);
    const char *fingerprint = xmpp_tlscert_get_string(certificate, XMPP_CERT_FINGERPRINT_SHA256);

    log_cause(&state.why, CAUSE_CERTIFICATE, why);
    snprintf(state.issuer, sizeof state.issuer, "%s", issuer ? issuer : "unknown");
    snprintf(state.fingerprint, sizeof state.fingerprint, "%s",
             fingerprint ? fingerprint : "unknown");
    return 0;
}

void login_event(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                 xmpp_stream_error_t *stream_error, void *userdata)
{
    app_t *app = userdata;

    if (event == XMPP_CONN_CONNECT) {
        stream_up(app);
        jingle_conn_event(app->jingle, conn, event);
        if (app->visible)
            app_here(app);
        return;
    }
    jingle_conn_event(app->jingle, conn, event);
    if (app->leaving) {
        app->online = false;
    } else if (app->online || app->stream.lost) {
        app->log.handler = on_log;
        stream_down(app, stream_error);
    } else {
        if (stream_error)
            log_cause(&state.why, CAUSE_STREAM,
                      stream_error->text ? stream_error->text : "stream error");
        if (error == ETIMEDOUT)
            log_cause(&state.why, CAUSE_UNREACHABLE, "");
        state.finished = true;
    }
}

/* ---- words ----------------------------------------------------------------------------------- */

static void explain_unreachable(const char *server, bool given)
{
    report_error("login", "cannot log in: cannot reach the server %s: %s; %s", server,
                 state.why.error ? strerror(state.why.error) : "no such host",
                 given ? "check --server (HOST:PORT)"
                       : "check the JID, or say where it is with --server HOST:PORT");
}

static void explain(const app_t *app)
{
    const settings_t *settings = app->settings;
    const char *jid = settings->jid, *domain = strchr(jid, '@') + 1;
    int bare = (int)jid_bare_length(jid), domain_len = (int)jid_bare_length(domain);
    char server[512];

    snprintf(server, sizeof server, "%.*s", settings->host ? 500 : domain_len,
             settings->host ? settings->host : domain);
    switch (state.why.cause) {
    case CAUSE_UNREACHABLE:
        explain_unreachable(server, settings->host != NULL);
        break;
    case CAUSE_NO_TLS:
        report_error(
            "login",
            "cannot log in: %s offers no encryption (STARTTLS), so the password was not sent; "
            "--insecure sends it all the same",
            server);
        break;
    case CAUSE_CA:
        report_error("login", "cannot log in: --ca %s holds no certificate (PEM)", settings->ca);
        break;
    case CAUSE_TLS:
        report_error(
            "login",
            "cannot log in: no encrypted connection to %s could be made; a server for %.*s may not "
            "be what answers there",
            server, domain_len, domain);
        break;
    case CAUSE_CERTIFICATE:
        report_error(
            "certificate",
            "cannot log in: the certificate of %.*s is not trusted: %s (issuer %s, SHA-256 "
            "fingerprint %s). For a server of your own give the CA's certificate with --ca FILE; "
            "--insecure "
            "does not check, and anybody on the way could read along",
            domain_len, domain, state.why.detail, state.issuer, state.fingerprint);
        break;
    case CAUSE_REFUSED:
        report_error("login", "cannot log in: %s refuses %.*s: %s", server, bare, jid,
                     *state.why.detail ? state.why.detail
                                       : "wrong password, or there is no such user");
        break;
    case CAUSE_NO_MECHANISM:
        report_error("login",
                     "cannot log in: %s offers no way to log in that is known here (SCRAM, PLAIN)",
                     server);
        break;
    case CAUSE_STREAM:
        report_error("login", "cannot log in: %s says: %s", server, state.why.detail);
        break;
    default:
        report_error("login", "cannot log in: %s closed the connection; --verbose shows more",
                     server);
        break;
    }
}

/* ---- logging in ------------------------------------------------------------------------------ */

/** A resource that nobody can guess, so that nobody who was not told it can address us. */
static void set_jid(app_t *app)
{
    const char *jid = app->settings->jid;
    char full[4096], *random = NULL;

    if (jid[jid_bare_length(jid)] == '\0')
        random = xmpp_uuid_gen(app->ctx);
    snprintf(full, sizeof full, "%s%s%.23s", jid, random ? "/jingle." : "", random ? random : "");
    xmpp_conn_set_jid(app->conn, full);
    if (random)
        xmpp_free(app->ctx, random);
}

/** Keepalive finds a dead connection. Without TCP_NODELAY what does not fit one write waits for the
 *  other side's delayed acknowledgement, 40 ms each time. */
int login_socket(xmpp_conn_t *conn, void *sock)
{
    int on = 1;

    stream_socket(the_app, *(int *)sock);
    setsockopt(*(int *)sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return xmpp_sockopt_cb_keepalive(conn, sock);
}

static int start(app_t *app)
{
    const settings_t *settings = app->settings;

    if (settings->ca && access(settings->ca, R_OK) != 0) {
        report_error("usage", "cannot read --ca %s: %s", settings->ca, strerror(errno));
        return STATUS_USAGE;
    }
    set_jid(app);
    xmpp_conn_set_pass(app->conn, settings->password);
    xmpp_conn_set_flags(app->conn, settings->insecure ? XMPP_CONN_FLAG_TRUST_TLS
                                                      : XMPP_CONN_FLAG_MANDATORY_TLS);
    if (settings->ca)
        xmpp_conn_set_cafile(app->conn, settings->ca);
    xmpp_conn_set_certfail_handler(app->conn, on_certificate);
    xmpp_conn_set_sockopt_callback(app->conn, login_socket);
    if (xmpp_connect_client(app->conn, settings->host, settings->port, login_event, app) ==
        XMPP_EOK)
        return STATUS_DONE;
    log_cause(&state.why, CAUSE_UNREACHABLE, "");
    explain(app);
    return STATUS_LOGIN;
}

static bool is_over(app_t *app, void *userdata)
{
    (void)userdata;
    /* After a certificate that is not trusted libstrophe waits for the server to close. */
    return app->online || state.finished || state.why.cause == CAUSE_CERTIFICATE;
}

int login(app_t *app, unsigned seconds)
{
    int status;
    wait_t how;

    if (!seconds)
        seconds = app->settings->timeout > LOGIN_SECONDS ? app->settings->timeout : LOGIN_SECONDS;
    the_app = app;
    app->log = (xmpp_log_t){.handler = on_log, .userdata = app};
    /* Looking up names and TLS's handshake block; the alarm is a little later than the wait. */
    signals_alarm(seconds + 1);
    status = start(app);
    if (status != STATUS_DONE) {
        signals_alarm_off();
        return status;
    }
    how = app_wait(app, is_over, NULL, 1000 * (uint64_t)seconds);
    signals_alarm_off();
    if (app->online) {
        report_detail("   logged in as %s%s", xmpp_conn_get_bound_jid(app->conn),
                      xmpp_conn_is_secured(app->conn) ? "" : ", not encrypted");
        return STATUS_DONE;
    }
    if (how == WAIT_TIMEOUT && state.why.cause == CAUSE_UNKNOWN)
        report_error("login", "cannot log in: the server does not answer in time");
    else
        explain(app);
    return STATUS_LOGIN;
}

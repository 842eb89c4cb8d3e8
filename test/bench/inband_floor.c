/* SPDX-License-Identifier: MIT */
/** @file
 *  What receiving in-band costs at least with libstrophe: a client whose one handler decodes each
 * block and answers. inband.py has it beside `jingle receive`.
 *
 *    inband_floor JID HOST PORT       password in JINGLE_PASSWORD; prints `ready JID`, ends at
 * <close/> */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <strophe.h>

#define NS_IBB "http://jabber.org/protocol/ibb"

static unsigned long octets;

static int on_block(xmpp_conn_t *conn, xmpp_stanza_t *in, void *userdata)
{
    xmpp_ctx_t *ctx = userdata;
    xmpp_stanza_t *out, *child = xmpp_stanza_get_children(in);
    unsigned char *block = NULL;
    size_t size = 0;
    char *text = child ? xmpp_stanza_get_text(child) : NULL;

    if (text) {
        xmpp_base64_decode_bin(ctx, text, strlen(text), &block, &size);
        xmpp_free(ctx, block);
        xmpp_free(ctx, text);
        octets += size;
    }
    out = xmpp_iq_new(ctx, "result", xmpp_stanza_get_id(in));
    xmpp_stanza_set_to(out, xmpp_stanza_get_from(in));
    xmpp_send(conn, out);
    xmpp_stanza_release(out);
    if (child && strcmp(xmpp_stanza_get_name(child), "close") == 0)
        xmpp_disconnect(conn);
    return 1;
}

static void on_conn(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                    xmpp_stream_error_t *stream_error, void *userdata)
{
    (void)error, (void)stream_error;
    if (event != XMPP_CONN_CONNECT) {
        xmpp_stop(userdata);
        return;
    }
    xmpp_handler_add(conn, on_block, NS_IBB, "iq", "set", userdata);
    printf("ready %s\n", xmpp_conn_get_bound_jid(conn));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    xmpp_ctx_t *ctx;
    xmpp_conn_t *conn;
    int status = 1;

    if (argc != 4 || !getenv("JINGLE_PASSWORD")) {
        fprintf(stderr, "usage: JINGLE_PASSWORD=... inband_floor JID HOST PORT\n");
        return 2;
    }
    xmpp_initialize();
    ctx = xmpp_ctx_new(NULL, NULL);
    conn = xmpp_conn_new(ctx);
    xmpp_conn_set_jid(conn, argv[1]);
    xmpp_conn_set_pass(conn, getenv("JINGLE_PASSWORD"));
    xmpp_conn_set_flags(conn, XMPP_CONN_FLAG_DISABLE_TLS);
    if (xmpp_connect_client(conn, argv[2], (unsigned short)atoi(argv[3]), on_conn, ctx) ==
        XMPP_EOK) {
        xmpp_run(ctx);
        status = octets ? 0 : 1;
    }
    xmpp_conn_release(conn);
    xmpp_ctx_free(ctx);
    xmpp_shutdown();
    return status;
}

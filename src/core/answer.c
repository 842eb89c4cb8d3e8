/* SPDX-License-Identifier: MIT */
/** @file
 *  Answers: the IQ of type result or error that goes out for a request. */
#include "core.h"

/* Room for an answer without an allocation: acks are the commonest output, and leave even when
 * there is no memory, between the longest JIDs that there are (3,071 octets, RFC 7622 section 3.1). */
#define ANSWER_ROOM 8192

static void write_answer(jingle__buf_t *buf, const jingle__answer_t *answer)
{
    jingle__write_iq(buf, answer->error ? "error" : "result", answer->to, answer->from);
    jingle__buf_escape(buf, answer->id ? answer->id : "");
    if (answer->error) {
        jingle__buf_puts(buf, "\">");
        jingle__write_error(buf, answer->error);
        jingle__buf_puts(buf, "</iq>");
    } else if (answer->payload) {
        jingle__buf_puts(buf, "\">");
        jingle__write_element(buf, answer->payload, "jabber:client");
        jingle__buf_puts(buf, "</iq>");
    } else
        jingle__buf_puts(buf, "\"/>");
}

static int send_answer(jingle_t *jingle, const jingle__answer_t *answer)
{
    char room[ANSWER_ROOM];
    jingle__buf_t buf;
    int err;

    jingle__buf_init_room(&buf, room, sizeof room);
    write_answer(&buf, answer);
    if (!buf.err)
        return jingle__output(jingle, buf.data, buf.len);
    jingle__buf_init(&buf, &jingle->mem);
    write_answer(&buf, answer);
    err = buf.err ? buf.err : jingle__output(jingle, buf.data, buf.len);
    jingle__buf_free(&buf);
    return err;
}

void jingle__answer_send(jingle_t *jingle, jingle__answer_t answer)
{
    int err = send_answer(jingle, &answer);

    if (err && err != JINGLE_ESEND) {
        answer.error = jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT);
        answer.payload = NULL;
        err = send_answer(jingle, &answer);
    }
    if (answer.error)
        jingle->counters.errors++;
    else
        jingle->counters.results++;
    if (err && err != JINGLE_ESEND)
        jingle_log(jingle, XMPP_LEVEL_ERROR, "an answer could not be sent: %s",
                   jingle_strerror(err));
}

void jingle__answer_without_reply(jingle_t *jingle, xmpp_stanza_t *iq, jingle__verdict_t verdict)
{
    jingle__answer_t answer = {
        .to = xmpp_stanza_get_from(iq), .id = xmpp_stanza_get_id(iq), .error = verdict};

    if (jingle->config.component)
        answer.from = xmpp_stanza_get_to(iq);
    jingle->counters.refused++;
    if (verdict == jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT))
        jingle->counters.over_limit++;
    jingle__answer_send(jingle, answer);
}

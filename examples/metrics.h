/* SPDX-License-Identifier: MIT */
/** @file
 *  Serves the counters of a manager to Prometheus: to be included by one file of a program.
 *
 *    static metrics_t metrics;
 *    uint16_t port = 9100;
 *    metrics.jingle = jingle;
 *    metrics_serve(&metrics, &port);
 *
 *  GET /metrics on that port of the loopback interface is answered in the text format 0.0.4.
 *  At most 16 connections at a time, of 5 seconds and a request of 2 KiB each, and a seventeenth
 *  takes the place of the oldest: whoever can reach the port can neither hold the program up, nor
 *  fill its memory, nor keep others out by connections that ask nothing. */
#ifndef METRICS_H
#define METRICS_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <jingle/jingle.h>

#define METRICS_SCRAPERS_MAX 16u   /* connections at a time */
#define METRICS_SCRAPE_TIME 5000u  /* ms for one of them, from beginning to end */
#define METRICS_REQUEST_SIZE 2048u /* octets of a request */
#define METRICS_PAGE_SIZE 8192u    /* octets of all counters as text: some 3 KiB today */

/* ---- the text -------------------------------------------------------------------------------- */

typedef struct {
    char text[METRICS_PAGE_SIZE];
    size_t len;
} metrics_page_t;

typedef struct metrics metrics_t;

/** One connection. It ends when the other side closes it, or its time is over. */
typedef struct {
    metrics_t *metrics; /**< NULL: none */
    jingle_net_t *net;
    jingle_socket_t *socket;
    jingle_timer_t *timer;
    char request[METRICS_REQUEST_SIZE + 1];
    size_t len;
    bool answered;
    uint64_t number; /**< how many came before it */
} metrics__scraper_t;

/** Serves one manager, and must outlive it. Fill in the first three by name. */
struct metrics {
    jingle_t *jingle;
    void (*write)(metrics_page_t *page, void *userdata); /**< adds the program's own, or NULL */
    void *userdata;
    metrics__scraper_t scrapers[METRICS_SCRAPERS_MAX];
    uint64_t scrapes; /**< connections so far */
};

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
metrics__print(metrics_page_t *page, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(page->text + page->len, sizeof page->text - page->len, format, args);
    va_end(args);
    if (len > 0 && (size_t)len < sizeof page->text - page->len)
        page->len += (size_t)len;
}

static void metrics_add(metrics_page_t *page, const char *type, const char *name, const char *help,
                        uint64_t value)
{
    metrics__print(page, "# HELP %s %s\n# TYPE %s %s\n%s %" PRIu64 "\n", name, help, name, type,
                   name, value);
}

static void metrics__write_engine(metrics_page_t *page, const jingle_t *jingle)
{
    jingle_counters_t c = {.size = sizeof c};

    jingle_get_counters(jingle, &c);
    metrics_add(page, "gauge", "jingle_sessions", "Sessions that live.", c.sessions);
    metrics_add(page, "counter", "jingle_sessions_total", "Sessions made.", c.sessions_total);
    metrics_add(page, "counter", "jingle_actions_total", "Jingle requests received.", c.actions);
    metrics_add(page, "counter", "jingle_results_total", "Results sent.", c.results);
    metrics_add(page, "counter", "jingle_errors_total", "Errors sent.", c.errors);
    metrics_add(page, "counter", "jingle_refused_total", "Errors sent by the gate.", c.refused);
    metrics_add(page, "counter", "jingle_over_limit_total", "Errors sent for a limit.",
                c.over_limit);
    metrics_add(page, "gauge", "jingle_requests", "Requests of ours that wait for an answer.",
                c.requests);
    metrics_add(page, "counter", "jingle_requests_total", "Requests of ours.", c.requests_total);
    metrics_add(page, "counter", "jingle_request_errors_total", "Of these answered with an error.",
                c.request_errors);
    metrics_add(page, "counter", "jingle_request_timeouts_total", "Of these not answered in time.",
                c.request_timeouts);
    metrics_add(page, "counter", "jingle_handler_timeouts_total", "Handlers that took too long.",
                c.handler_timeouts);
    metrics_add(page, "gauge", "jingle_queued", "Actions that wait in queues.", c.queued);
    metrics_add(page, "gauge", "jingle_queue_peak", "The longest queue that a session has had.",
                c.queue_peak);
    metrics_add(page, "counter", "jingle_quirks_total", "Faults of peers met leniently.", c.quirks);
}

/* ---- serving them ---------------------------------------------------------------------------- */

static void metrics__end(metrics__scraper_t *scraper)
{
    jingle_timer_cancel(scraper->timer);
    scraper->net->close(scraper->net, scraper->socket);
    scraper->metrics = NULL;
}

static void metrics__on_timeout(jingle_t *jingle, void *userdata)
{
    metrics__scraper_t *scraper = userdata;

    (void)jingle;
    scraper->timer = NULL;
    metrics__end(scraper);
}

static void metrics__on_closed(jingle_socket_t *socket, int err, void *userdata)
{
    (void)socket;
    (void)err;
    metrics__end(userdata);
}

/** The answer is smaller than any socket's buffer, so it is taken whole; if not, it is cut, and the
 *  length that was promised shows that. */
static void metrics__answer(metrics__scraper_t *scraper)
{
    bool known = strncmp(scraper->request, "GET /metrics ", 13) == 0;
    metrics_page_t body = {.len = 0}, answer = {.len = 0};

    scraper->answered = true;
    if (known) {
        if (scraper->metrics->write)
            scraper->metrics->write(&body, scraper->metrics->userdata);
        metrics__write_engine(&body, scraper->metrics->jingle);
    } else {
        metrics__print(&body, "There is nothing here but GET /metrics\n");
    }
    metrics__print(
        &answer,
        "HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: %zu\r\n"
        "Connection: close\r\n\r\n%s",
        known ? "200 OK" : "404 Not Found", body.len, body.text);
    scraper->net->send(scraper->net, scraper->socket, answer.text, answer.len);
    scraper->net->shutdown(scraper->net, scraper->socket);
}

static void metrics__on_data(jingle_socket_t *socket, const void *data, size_t len, void *userdata)
{
    metrics__scraper_t *scraper = userdata;
    size_t room = METRICS_REQUEST_SIZE - scraper->len, taken = len < room ? len : room;

    (void)socket;
    if (scraper->answered)
        return;
    memcpy(scraper->request + scraper->len, data, taken);
    scraper->len += taken;
    scraper->request[scraper->len] = '\0';
    if (strstr(scraper->request, "\r\n\r\n") || taken < len)
        metrics__answer(scraper);
}

static const jingle_socket_events_t metrics__scrape_events = {.data = metrics__on_data,
                                                              .closed = metrics__on_closed};

/** One that is free, or that of the connection which has been there longest. */
static metrics__scraper_t *metrics__room(metrics_t *metrics)
{
    metrics__scraper_t *room = metrics->scrapers;

    for (size_t i = 0; i < METRICS_SCRAPERS_MAX; i++) {
        metrics__scraper_t *scraper = &metrics->scrapers[i];
        if (!scraper->metrics)
            return scraper;
        if (scraper->number < room->number)
            room = scraper;
    }
    metrics__end(room);
    return room;
}

static void metrics__accept(jingle_net_t *net, jingle_socket_t *socket, void *userdata)
{
    metrics_t *metrics = userdata;
    metrics__scraper_t *scraper = metrics__room(metrics);

    *scraper = (metrics__scraper_t){
        .metrics = metrics, .net = net, .socket = socket, .number = metrics->scrapes++};
    if (jingle_timer_start(metrics->jingle, METRICS_SCRAPE_TIME, metrics__on_timeout, scraper,
                           &scraper->timer)) {
        metrics__end(scraper);
        return;
    }
    net->set_events(net, socket, &metrics__scrape_events, scraper);
}

/** Listens on that port of the loopback interface. Through the library's own sockets, which the
 *  manager's time drives: no thread, no second loop. Ends with the manager.
 *  @param port 0: any that is free. Receives the one it is */
static bool metrics_serve(metrics_t *metrics, uint16_t *port)
{
    jingle_net_t *net = jingle_get_net(metrics->jingle);
    jingle_socket_t *listener;

    if (!net || net->listen(net, "127.0.0.1", *port, metrics__accept, metrics, &listener))
        return false;
    *port = net->get_port(net, listener);
    return true;
}

#endif

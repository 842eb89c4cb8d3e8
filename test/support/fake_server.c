/* SPDX-License-Identifier: MIT */
/** @file
 *  A tiny XMPP server on loopback. */
#include "fake_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <expat.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "text.h"

#define STREAMS 64

typedef struct {
    fake_server_t *server;
    int fd; /* -1: closed */
    XML_Parser parser;
    text_t raw;   /* since the parser was made */
    size_t start; /* of the element at depth 1 */
    int depth;
    bool restart; /* after this element a new stream begins */
    bool component, authenticated, up, resumed;
    unsigned handled; /* stanzas, for Stream Management */
    bool counting;
    char **taken; /* received and not yet taken */
    size_t n_taken, next;
} stream_t;

struct fake_server {
    int fd;
    unsigned short port;
    fake_options_t options;
    stream_t *streams[STREAMS];
    size_t n_streams;
};

static void die(const char *what)
{
    perror(what);
    exit(2);
}

/* ---- out ---- */

static void write_all(stream_t *stream, const char *data, size_t len)
{
    while (stream->fd >= 0 && len > 0) {
        ssize_t n = send(stream->fd, data, len, MSG_NOSIGNAL);
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            struct pollfd wait = {.fd = stream->fd, .events = POLLOUT};
            /* The reader is our own thread: what does not fit in the socket's buffer never will. */
            if (poll(&wait, 1, 1000) != 1)
                die("fake_server: the peer does not read");
        } else
            break;
    }
}

static void put(stream_t *stream, const char *xml)
{
    write_all(stream, xml, strlen(xml));
}

static void put_stream_head(stream_t *stream)
{
    put(stream,
        "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' "
        "id='fake' from='capulet.example' version='1.0' xmlns='");
    put(stream, stream->component ? "jabber:component:accept'>" : "jabber:client'>");
}

static void put_features(stream_t *stream)
{
    const fake_options_t *options = &stream->server->options;

    if (!stream->authenticated) {
        put(stream, "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                    "<mechanism>PLAIN</mechanism></mechanisms></stream:features>");
        return;
    }
    put(stream, "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>");
    if (options->session)
        put(stream, "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>");
    if (options->sm)
        put(stream, "<sm xmlns='urn:xmpp:sm:3'/>");
    put(stream, "</stream:features>");
}

/* ---- the login ---- */

/* The text between two marks of an element; enough for the few elements of a login. */
static char *between(const char *xml, const char *from, char to)
{
    const char *at = strstr(xml, from), *end;
    text_t text = {0};

    at = at ? at + strlen(from) : NULL;
    end = at ? strchr(at, to) : NULL;
    if (end)
        text_add(&text, at, (size_t)(end - at));
    return end ? text_take(&text) : NULL;
}

static void answer_bind(stream_t *stream, const char *xml)
{
    const char *jid = stream->server->options.jid;
    char *id = between(xml, "id=\"", '"');
    text_t answer = {0};

    text_printf(&answer,
                "<iq type='result' id='%s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                "<jid>%s</jid></bind></iq>",
                id ? id : "", jid ? jid : "juliet@capulet.example/balcony");
    put(stream, text_str(&answer));
    text_clear(&answer);
    free(id);
    stream->up = !stream->server->options.session;
}

static void answer_session(stream_t *stream)
{
    put(stream, "<iq type='result' id='_xmpp_session1'/>");
    stream->up = true;
}

static void answer_resume(stream_t *stream)
{
    const fake_options_t *options = &stream->server->options;
    text_t answer = {0};

    if (options->refuse_resume) {
        put(stream, "<failed xmlns='urn:xmpp:sm:3'><item-not-found "
                    "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
        return;
    }
    text_printf(&answer, "<resumed xmlns='urn:xmpp:sm:3' previd='fake-sm' h='%u'/>",
                options->resume_h);
    put(stream, text_str(&answer));
    text_clear(&answer);
    stream->up = stream->resumed = stream->counting = true;
}

static void answer_ack_request(stream_t *stream)
{
    text_t answer = {0};

    if (stream->server->options.resume_h)
        return;
    text_printf(&answer, "<a xmlns='urn:xmpp:sm:3' h='%u'/>", stream->handled);
    put(stream, text_str(&answer));
    text_clear(&answer);
}

static bool is(const char *xml, const char *element)
{
    size_t len = strlen(element);

    return xml[0] == '<' && strncmp(xml + 1, element, len) == 0 && strchr(" />", xml[1 + len]);
}

/* @return true when the element was part of a login or of Stream Management */
static bool log_in(stream_t *stream, const char *xml)
{
    if (is(xml, "auth")) {
        put(stream, "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
        stream->authenticated = stream->restart = true;
    } else if (is(xml, "handshake")) {
        put(stream, "<handshake/>");
        stream->up = true;
    } else if (is(xml, "enable")) {
        put(stream, "<enabled xmlns='urn:xmpp:sm:3' id='fake-sm' resume='true'/>");
        stream->counting = true;
    } else if (is(xml, "resume"))
        answer_resume(stream);
    else if (is(xml, "r"))
        answer_ack_request(stream);
    else if (is(xml, "iq") && strstr(xml, "xmpp-bind"))
        answer_bind(stream, xml);
    else if (is(xml, "iq") && strstr(xml, "_xmpp_session1"))
        answer_session(stream);
    else
        return is(xml, "a");
    return true;
}

/* ---- in ---- */

static void keep(stream_t *stream, const char *xml)
{
    stream->taken = realloc(stream->taken, (stream->n_taken + 1) * sizeof *stream->taken);
    if (!stream->taken)
        die("fake_server");
    stream->taken[stream->n_taken++] = text_dup(xml);
    stream->handled += stream->counting;
}

static void XMLCALL on_start(void *userdata, const XML_Char *name, const XML_Char **attrs)
{
    stream_t *stream = userdata;

    (void)name;
    if (stream->depth++ == 1)
        stream->start = (size_t)XML_GetCurrentByteIndex(stream->parser);
    if (stream->depth > 1)
        return;
    for (; *attrs; attrs += 2)
        if (strcmp(attrs[0], "xmlns") == 0)
            stream->component = strcmp(attrs[1], "jabber:component:accept") == 0;
    put_stream_head(stream);
    if (!stream->component)
        put_features(stream);
}

static void XMLCALL on_end(void *userdata, const XML_Char *name)
{
    stream_t *stream = userdata;
    size_t end;
    char *xml;

    (void)name;
    stream->depth--;
    if (stream->depth == 0) {
        put(stream, "</stream:stream>");
        return;
    }
    if (stream->depth != 1)
        return;
    end = (size_t)XML_GetCurrentByteIndex(stream->parser) +
          (size_t)XML_GetCurrentByteCount(stream->parser);
    xml = strndup(stream->raw.data + stream->start, end - stream->start);
    if (!xml)
        die("fake_server");
    if (!log_in(stream, xml))
        keep(stream, xml);
    free(xml);
}

static void begin(stream_t *stream)
{
    if (stream->parser)
        XML_ParserFree(stream->parser);
    text_clear(&stream->raw);
    stream->restart = false;
    stream->depth = 0;
    stream->parser = XML_ParserCreate(NULL);
    if (!stream->parser)
        die("fake_server");
    XML_SetUserData(stream->parser, stream);
    XML_SetElementHandler(stream->parser, on_start, on_end);
}

static void hang_up(stream_t *stream)
{
    if (stream->fd >= 0)
        close(stream->fd);
    stream->fd = -1;
    stream->up = false;
}

static void read_stream(stream_t *stream)
{
    char data[65536];
    ssize_t n;

    while (stream->fd >= 0 && (n = read(stream->fd, data, sizeof data)) >= 0) {
        if (n == 0) {
            hang_up(stream);
            return;
        }
        text_add(&stream->raw, data, (size_t)n);
        if (XML_Parse(stream->parser, data, (int)n, 0) != XML_STATUS_OK) {
            fprintf(stderr, "fake_server: %s\n", XML_ErrorString(XML_GetErrorCode(stream->parser)));
            exit(2);
        }
        if (stream->restart)
            begin(stream);
    }
}

static void accept_streams(fake_server_t *server)
{
    int fd;

    while (server->n_streams < STREAMS && (fd = accept(server->fd, NULL, NULL)) >= 0) {
        stream_t *stream = text_alloc(sizeof *stream);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        *stream = (stream_t){.server = server, .fd = fd};
        if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
            die("fcntl");
        begin(stream);
        server->streams[server->n_streams++] = stream;
    }
}

void fake_server_poll(fake_server_t *server)
{
    if (server->options.silent)
        return;
    accept_streams(server);
    for (size_t i = 0; i < server->n_streams; i++)
        read_stream(server->streams[i]);
}

/* ---- for the test ---- */

fake_server_t *fake_server_new(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    fake_server_t *server = text_alloc(sizeof *server);

    *server = (fake_server_t){.fd = socket(AF_INET, SOCK_STREAM, 0)};
    if (server->fd < 0 || bind(server->fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(server->fd, STREAMS) != 0 ||
        getsockname(server->fd, (struct sockaddr *)&address, &len) != 0 ||
        fcntl(server->fd, F_SETFL, O_NONBLOCK) != 0)
        die("fake_server");
    server->port = ntohs(address.sin_port);
    return server;
}

void fake_server_free(fake_server_t *server)
{
    for (size_t i = 0; i < server->n_streams; i++) {
        stream_t *stream = server->streams[i];
        hang_up(stream);
        XML_ParserFree(stream->parser);
        text_clear(&stream->raw);
        while (stream->next < stream->n_taken)
            free(stream->taken[stream->next++]);
        free(stream->taken);
        free(stream);
    }
    close(server->fd);
    free(server);
}

unsigned short fake_server_port(const fake_server_t *server)
{
    return server->port;
}

fake_options_t *fake_server_options(fake_server_t *server)
{
    return &server->options;
}

size_t fake_server_count(const fake_server_t *server)
{
    return server->n_streams;
}

bool fake_server_is_up(const fake_server_t *server, size_t stream)
{
    return stream < server->n_streams && server->streams[stream]->up;
}

bool fake_server_is_resumed(const fake_server_t *server, size_t stream)
{
    return stream < server->n_streams && server->streams[stream]->resumed;
}

char *fake_server_take(fake_server_t *server, size_t index)
{
    stream_t *stream = index < server->n_streams ? server->streams[index] : NULL;

    return stream && stream->next < stream->n_taken ? stream->taken[stream->next++] : NULL;
}

void fake_server_send(fake_server_t *server, size_t stream, const char *format, ...)
{
    text_t xml = {0};
    va_list args;

    va_start(args, format);
    text_vprintf(&xml, format, args);
    va_end(args);
    write_all(server->streams[stream], text_str(&xml), xml.len);
    text_clear(&xml);
}

void fake_server_cut(fake_server_t *server, size_t stream)
{
    hang_up(server->streams[stream]);
}

void fake_server_close(fake_server_t *server, size_t stream)
{
    put(server->streams[stream], "</stream:stream>");
    hang_up(server->streams[stream]);
}

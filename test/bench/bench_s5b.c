/* SPDX-License-Identifier: MIT */
/** @file
 *  A file through SOCKS5 bytestreams, directly over loopback, beside what a plain program needs that
 *  copies and hashes the same file over a TCP connection with buffers of 64 KiB.
 *
 *    bench_s5b [MEBIBYTES [PAIRS [FOLDER]]]        default: 1024 9 /dev/shm
 *
 *  Each end is a process of its own; both hash with SHA-256. The library's two ends exchange their
 *  stanzas over a socket pair, so that no server is measured. After a pair that is not counted the
 *  two alternate. A time is from the first octet sent to the last hash compared; both medians and the
 *  processor time of each end are printed, and last `ratio N.NN`: the library's rate divided by the
 *  plain program's. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include <jingle/jingle.h>

#include "support/xml_reader.h"

#define BUFFER 65536
#define PAIRS_MAX 99
#define STANZA 65536

typedef struct {
    double time; /**< when it began (sender) or ended (receiver) */
    double cpu;
} report_t;

typedef struct {
    double seconds, cpu[2];
} run_t;

static char folder[4096], file[4200];

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static double seconds(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void tell(int to, double time)
{
    report_t report = {.time = time, .cpu = seconds(CLOCK_PROCESS_CPUTIME_ID)};

    if (write(to, &report, sizeof report) != sizeof report)
        die("report");
}

/* ---- the plain program ---------------------------------------------------------------------- */

static EVP_MD_CTX *new_hash(void)
{
    EVP_MD_CTX *hash = EVP_MD_CTX_new();

    if (!hash || !EVP_DigestInit_ex(hash, EVP_sha256(), NULL))
        die("hash");
    return hash;
}

static void send_all(int to, const void *data, size_t len)
{
    for (const char *at = data; len;) {
        ssize_t sent = send(to, at, len, MSG_NOSIGNAL);
        if (sent < 0)
            die("send");
        at += sent;
        len -= (size_t)sent;
    }
}

static void plain_sender(int socket, int result)
{
    static unsigned char buffer[BUFFER];
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *hash = new_hash();
    int fd = open(file, O_RDONLY);
    double began = seconds(CLOCK_MONOTONIC);
    ssize_t got;

    if (fd < 0)
        die(file);
    while ((got = read(fd, buffer, sizeof buffer)) > 0) {
        EVP_DigestUpdate(hash, buffer, (size_t)got);
        send_all(socket, buffer, (size_t)got);
    }
    EVP_DigestFinal_ex(hash, digest, NULL);
    send_all(socket, digest, 32);
    tell(result, began);
}

/** The last 32 octets are the hash. */
static void plain_receiver(int socket, int result)
{
    static unsigned char buffer[BUFFER];
    unsigned char digest[EVP_MAX_MD_SIZE], told[32];
    EVP_MD_CTX *hash = new_hash();
    struct stat status;
    char copy[4200];
    int fd;

    snprintf(copy, sizeof copy, "%s/copy", folder);
    fd = open(copy, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0 || stat(file, &status) != 0)
        die(copy);
    for (off_t left = status.st_size; left;) {
        ssize_t got = recv(socket, buffer, left < BUFFER ? (size_t)left : BUFFER, 0);
        if (got <= 0 || write(fd, buffer, (size_t)got) != got)
            die("receive");
        EVP_DigestUpdate(hash, buffer, (size_t)got);
        left -= got;
    }
    EVP_DigestFinal_ex(hash, digest, NULL);
    if (recv(socket, told, 32, MSG_WAITALL) != 32 || memcmp(told, digest, 32) != 0)
        die("not the same");
    tell(result, seconds(CLOCK_MONOTONIC));
    unlink(copy);
}

static void connect_two(int sockets[2])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    sockets[0] = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &len) != 0 ||
        connect(sockets[0], (struct sockaddr *)&at, sizeof at) != 0)
        die("loopback");
    sockets[1] = accept(listener, NULL, NULL);
    close(listener);
}

/* ---- the library ---------------------------------------------------------------------------- */

static const char *const jids[] = {"romeo@montague.example/a", "juliet@capulet.example/b"};

typedef struct {
    int stanzas, result;
    bool sender, over;
    double began;
} end_t;

/** As a server does: it says who sent it. */
static int on_send(jingle_t *jingle, const char *xml, size_t len, void *userdata)
{
    end_t *end = userdata;

    (void)jingle;
    return send(end->stanzas, xml, len, 0) == (ssize_t)len ? JINGLE_EOK : JINGLE_ESEND;
}

static void on_offer(jingle_t *jingle, jingle_file_t *offered, void *userdata)
{
    (void)jingle, (void)userdata;
    if (jingle_file_accept(offered, NULL) != JINGLE_EOK)
        die("accept");
}

static void on_start(jingle_t *jingle, jingle_file_t *started, void *userdata)
{
    (void)jingle, (void)started;
    ((end_t *)userdata)->began = seconds(CLOCK_MONOTONIC);
}

static void on_done(jingle_t *jingle, jingle_file_t *done, void *userdata)
{
    end_t *end = userdata;

    (void)jingle;
    if (jingle_file_get_outcome(done) != JINGLE_FILE_DONE || !jingle_file_is_verified(done)) {
        fprintf(stderr, "bench_s5b: %s\n", jingle_file_get_text(done));
        exit(1);
    }
    tell(end->result, end->sender ? end->began : seconds(CLOCK_MONOTONIC));
    if (!end->sender)
        unlink(jingle_file_get_path(done));
    end->over = true;
}

static jingle_t *make_end(xmpp_ctx_t *ctx, end_t *end)
{
    jingle_t *jingle = jingle_new(
        ctx, JINGLE_CONFIG(.jid = jids[!end->sender], .send = on_send, .send_userdata = end));

    if (!jingle ||
        jingle_register_s5b(jingle, JINGLE_S5B(.offer_loopback = true, .find_no_proxies = true)) !=
            JINGLE_EOK ||
        jingle_register_file_transfer(jingle, JINGLE_FILES(.folder = folder, .on_offer = on_offer,
                                                           .on_start = on_start, .on_done = on_done,
                                                           .userdata = end)) != JINGLE_EOK)
        die("set up");
    return jingle;
}

static void take_stanza(jingle_t *jingle, end_t *end, xmpp_ctx_t *ctx)
{
    static char xml[STANZA];
    ssize_t len = recv(end->stanzas, xml, sizeof xml, 0);
    xmpp_stanza_t *stanza;
    char error[128];

    if (len <= 0)
        exit(end->over ? 0 : 1); /* the other end is gone */
    stanza = xml_read(ctx, xml, (size_t)len, error, sizeof error);
    if (!stanza)
        die(error);
    xmpp_stanza_set_from(stanza, jids[end->sender]);
    jingle_receive(jingle, stanza);
    xmpp_stanza_release(stanza);
}

static void run_end(int stanzas, int result, bool sender)
{
    end_t end = {.stanzas = stanzas, .result = result, .sender = sender};
    xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, NULL);
    jingle_t *jingle = make_end(ctx, &end);

    jingle_tick(jingle,
                (uint64_t)(seconds(CLOCK_MONOTONIC) * 1000)); /* deadlines count from here */
    if (sender && jingle_send_file(jingle, jids[1], file, NULL, NULL) != JINGLE_EOK)
        die(file);
    while (!end.over || jingle_count_sessions(jingle)) {
        uint64_t wait = jingle_tick(jingle, (uint64_t)(seconds(CLOCK_MONOTONIC) * 1000));
        struct pollfd pair = {.fd = stanzas, .events = POLLIN};
        if (poll(&pair, 1, wait < 1000 ? (int)wait : 1000) > 0)
            take_stanza(jingle, &end, ctx);
    }
    jingle_free(jingle);
    xmpp_ctx_free(ctx);
}

/* ---- pairs ---------------------------------------------------------------------------------- */

static pid_t begin(bool library, bool sender, const int sockets[2], int result)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    close(sockets[sender]);
    if (library)
        run_end(sockets[!sender], result, sender);
    else if (sender)
        plain_sender(sockets[0], result);
    else
        plain_receiver(sockets[1], result);
    exit(0);
}

static run_t run(bool library)
{
    int sockets[2], results[2][2], status;
    report_t reports[2];
    pid_t pids[2];
    run_t made;

    if (!library)
        connect_two(sockets);
    else if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets) != 0)
        die("socketpair");
    for (int i = 0; i < 2; i++) { /* the receiver is 1 */
        if (pipe(results[i]) != 0)
            die("pipe");
        pids[i] = begin(library, i == 0, sockets, results[i][1]);
    }
    close(sockets[0]);
    close(sockets[1]);
    for (int i = 0; i < 2; i++) {
        close(results[i][1]);
        if (read(results[i][0], &reports[i], sizeof reports[i]) != sizeof reports[i])
            exit(1);
        close(results[i][0]);
        waitpid(pids[i], &status, 0);
        made.cpu[i] = reports[i].cpu;
    }
    made.seconds = reports[1].time - reports[0].time;
    return made;
}

static int compare(const void *a, const void *b)
{
    double x = ((const run_t *)a)->seconds, y = ((const run_t *)b)->seconds;

    return (x > y) - (x < y);
}

static run_t median(run_t *runs, int n, const char *name, double mebibytes)
{
    run_t middle;

    qsort(runs, (size_t)n, sizeof *runs, compare);
    middle = runs[n / 2];
    printf("%-8s median %.3f s, %.0f MiB/s (from %.3f to %.3f s); processor: sender %.2f s, "
           "receiver %.2f s\n",
           name, middle.seconds, mebibytes / middle.seconds, runs[0].seconds, runs[n - 1].seconds,
           middle.cpu[0], middle.cpu[1]);
    return middle;
}

static void make_file(long mebibytes)
{
    static unsigned char block[1 << 20];
    unsigned seed = 1;
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL, 0600);

    for (long i = 0; i < mebibytes; i++) {
        for (size_t at = 0; at < sizeof block; at += 512)
            block[at] = (unsigned char)((seed = seed * 1103515245u + 12345u) >> 16);
        if (fd < 0 || write(fd, block, sizeof block) != sizeof block)
            die(file);
    }
    close(fd);
}

int main(int argc, char **argv)
{
    static run_t plain[PAIRS_MAX], ours[PAIRS_MAX];
    long mebibytes = argc > 1 ? atol(argv[1]) : 1024;
    int pairs = argc > 2 ? atoi(argv[2]) : 9;
    run_t of_plain, of_ours;

    if (mebibytes < 1 || pairs < 1 || pairs > PAIRS_MAX) {
        fputs("usage: bench_s5b [MEBIBYTES [PAIRS [FOLDER]]]\n", stderr);
        return 2;
    }
    snprintf(folder, sizeof folder, "%s/bench_s5b.XXXXXX", argc > 3 ? argv[3] : "/dev/shm");
    if (!mkdtemp(folder))
        die(folder);
    snprintf(file, sizeof file, "%s/file", folder);
    make_file(mebibytes);
    for (int i = -1; i < pairs; i++) { /* the first pair is to warm up */
        if (isatty(STDERR_FILENO))
            fprintf(stderr, "\rpair %d of %d\033[K", i + 1, pairs);
        plain[i < 0 ? 0 : i] = run(false);
        ours[i < 0 ? 0 : i] = run(true);
    }
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    unlink(file);
    rmdir(folder);
    of_plain = median(plain, pairs, "plain", (double)mebibytes);
    of_ours = median(ours, pairs, "library", (double)mebibytes);
    printf("ratio %.2f\n", of_plain.seconds / of_ours.seconds);
    return 0;
}

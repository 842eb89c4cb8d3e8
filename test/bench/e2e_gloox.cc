/* SPDX-License-Identifier: MIT */
/** @file
 *  A peer for comparison: gloox' Jingle::SessionManager behind its own connection, with a handler that
 *  does nothing (gloox acknowledges by itself).
 *
 *    e2e_gloox PORT [LIVE]
 *
 *  As e2e_engine.c, which see. Not part of the build: test/bench/beside-gloox compiles it. */
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include <gloox/client.h>
#include <gloox/connectionlistener.h>
#include <gloox/jinglecontent.h>
#include <gloox/jingleiceudp.h>
#include <gloox/jinglesession.h>
#include <gloox/jinglesessionhandler.h>
#include <gloox/jinglesessionmanager.h>

using namespace gloox;

static double cpu_seconds()
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static long resident_octets()
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file && fscanf(file, "%*s %ld", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

class Peer : public Jingle::SessionHandler {
public:
    Peer(ClientBase *client, unsigned long live) : live(live), manager(client, this)
    {
        manager.registerPlugin(new Jingle::Content());
        manager.registerPlugin(new Jingle::ICEUDP());
        manager.registerPlugin(new Jingle::Session::Reason());
    }

    /** gloox leaves it to the program to forget a session that has ended, outside of its handlers. */
    void forget_ended()
    {
        for (Jingle::Session *session : ended)
            manager.discardSession(session);
        ended.clear();
    }

    unsigned long seen = 0, live;
    double cpu = 0;
    long memory_live = 0;

private:
    void handleSessionAction(Jingle::Action action, Jingle::Session *session,
                             const Jingle::Session::Jingle *) override
    {
        if (seen++ == live)
            cpu = cpu_seconds();
        if (seen == live)
            memory_live = resident_octets();
        if (action == Jingle::SessionTerminate)
            ended.push_back(session);
    }
    void handleSessionActionError(Jingle::Action, Jingle::Session *, const Error *) override {}
    void handleIncomingSession(Jingle::Session *) override {}

    Jingle::SessionManager manager;
    std::vector<Jingle::Session *> ended;
};

class Watch : public ConnectionListener {
public:
    long memory_before = 0;

private:
    void onConnect() override { memory_before = resident_octets(); }
    void onDisconnect(ConnectionError) override {}
    bool onTLSConnect(const CertInfo &) override { return true; }
};

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: e2e_gloox PORT [LIVE]\n");
        return 2;
    }
    Client client(JID("bench@jingle.localhost/r"), "secret", atoi(argv[1]));
    Peer peer(&client, argc > 2 ? strtoul(argv[2], nullptr, 10) : 0);
    Watch watch;

    client.setServer("127.0.0.1");
    client.setTls(TLSDisabled);
    client.setSASLMechanisms(SaslMechPlain);
    client.disableRoster();
    client.registerConnectionListener(&watch);
    if (!client.connect(false))
        return 1;
    while (client.recv(1000000) == ConnNoError)
        peer.forget_ended();

    unsigned long n = peer.seen > peer.live ? peer.seen - peer.live : 1;
    printf("{\"peer\":\"gloox\",\"live\":%lu,\"stanzas\":%lu,\"cpu_us\":%.4f,\"bytes_per_live\":%.0f}\n", peer.live, n,
           1e6 * (cpu_seconds() - peer.cpu) / double(n),
           peer.live ? double(peer.memory_live - watch.memory_before) / double(peer.live) : 0);
    return 0;
}

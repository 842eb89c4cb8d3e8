/* SPDX-License-Identifier: MIT */
/** @file
 *  What all subcommands stand on: a login, a manager, and a loop that one waits in. */
#ifndef COMMAND_APP_H
#define COMMAND_APP_H

#include <sys/types.h>
#include <time.h>

#include <jingle/jingle.h>

#include "settings.h"

/** What was to be sent when the connection broke. */
typedef struct unsent unsent_t;

/** The connection, and how it is got back; see stream.c. */
typedef struct {
    int fd;         /**< libstrophe's socket; -1: none */
    int sink;       /**< -1, or it is dead, and this holds what is written to it */
    uint64_t lost;  /**< when it broke, and it is not back yet; 0: no */
    uint64_t retry; /**< when it is dialled next */
    uint64_t until; /**< with dialling: when that has taken too long */
    unsigned delay; /**< ms to the attempt after the next */
    bool dialling;
    xmpp_conn_t *probe; /**< that looks whether the server is there; NULL: none */
    bool answered;      /**< it is, and can be dialled */
    bool told;
    bool resumed;          /**< by the last login */
    bool refused;          /**< the last resumption */
    bool stale;            /**< what libstrophe keeps for the next resumption is of no use */
    bool offered;          /**< Stream Management, by the server */
    bool kept;             /**< by the server when it breaks, to be resumed */
    unsigned long n_early; /**< stanzas sent since it was enabled, until that was confirmed */
    uint64_t answer_by;  /**< a resumed stream is dead if no answer has come by then; 0: one has */
    unsigned long acked; /**< stanzas that it said to have got, last */
    unsigned n_lost;     /**< how often it was lost and is back */
    unsigned n_fresh;    /**< of these: on a new stream, without what was under way */
    bool taken;          /**< another client has taken our place: it is not to be had back */
    unsent_t *unsent;
} stream_t;

/** One run of the command; lives on the stack of its subcommand. */
typedef struct {
    const settings_t *settings;
    xmpp_log_t log; /**< libstrophe's, see login.c */
    xmpp_ctx_t *ctx;
    xmpp_conn_t *conn;
    jingle_t *jingle;
    bool peer_has_s5b; /**< of who we send to: its features name the transport */
    stream_t stream;
    struct proxy *proxies; /**< those of --proxy; see ways.c */
    bool visible;          /**< our presence is sent, with all that we can do */
    bool idles;            /**< nothing but the connection can end the wait of now, or time */
    uint64_t busy;         /**< until when turns are short */
    uint64_t awake;        /**< until when they are not long */
    bool online;
    bool offline; /**< was online, and the connection is gone for good */
    bool expects; /**< a transfer: the connection is wanted though there is none */
    bool leaving;
} app_t;

/** What a subcommand brings along. */
typedef struct {
    jingle_event_fn on_event; /**< log events do not get here; may be NULL */
    const jingle_files_t *files;
    jingle_offers_t offers; /**< who may offer us something */
    unsigned login_seconds; /**< for the login; 0: at least half a minute */
    void *userdata;         /**< for on_event, and what jingle_get_userdata() gives */
} app_config_t;

/** Logs in with file transfer set up, so that we can be seen and talked to.
 *  @return STATUS_DONE; or a status, after words about it: nothing is to be closed then */
int app_open(app_t *app, const settings_t *settings, const app_config_t *config);
/** Logs out, which lets all go out that was sent, within 2 s, and frees everything. */
void app_close(app_t *app);

/** How waiting ended. */
typedef enum {
    WAIT_DONE,
    WAIT_TIMEOUT,
    WAIT_INTERRUPTED, /**< Ctrl-C or SIGTERM */
    WAIT_OFFLINE      /**< the connection is gone */
} wait_t;

#define WAIT_FOREVER UINT64_MAX

/** @return true when the wait is over. Asked after whatever happened, and now and then */
typedef bool (*app_done_fn)(app_t *app, void *userdata);

/** Lets everything happen until done() says so. @param ms at most */
wait_t app_wait(app_t *app, app_done_fn done, void *userdata, uint64_t ms);

/** Something flows: turns are short for a while. */
void app_flows(app_t *app);

/** Ends all sessions because the wait did not end well, and says so where nobody else does.
 *  @return the status to exit with */
int app_give_up(app_t *app, wait_t how);

/** @return --timeout in ms, or that many seconds when there is none */
uint64_t app_timeout(const app_t *app, unsigned seconds);

/** Says to our contacts that we are here. */
void app_here(app_t *app);
/** Says to a peer that is no contact that we are here, so that its server tells it when we go. */
void app_greet(app_t *app, const char *peer);

/* ---- ways.c ---------------------------------------------------------------------------------- */

/** Registers what files may go by. @return as jingle_register_ibb() */
int ways_register(app_t *app);
/** After the login, and before anybody sees us: asks the proxies that were given where they are.
 *  @return STATUS_DONE, or a status after words about it */
int ways_find(app_t *app);
void ways_drop(app_t *app);
#define WAYS_TEXT 320
/** Which way a file goes, and what that means for who would like to look. @return text */
const char *ways_describe(const jingle_file_t *file, char text[WAYS_TEXT]);

/* ---- login.c --------------------------------------------------------------------------------- */

/** Connects and logs in. @param seconds at most; 0: the usual
 *  @return STATUS_DONE, or a status after words about why not */
int login(app_t *app, unsigned seconds);
/** libstrophe's connection handler; userdata is the app_t. */
void login_event(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                 xmpp_stream_error_t *stream_error, void *userdata);

/** libstrophe's callback for a new socket. */
int login_socket(xmpp_conn_t *conn, void *sock);

/* ---- stream.c -------------------------------------------------------------------------------- */

void stream_init(stream_t *stream);
/** libstrophe has opened a socket. */
void stream_socket(app_t *app, int fd);
/** libstrophe's log, during a login. */
void stream_log(app_t *app, const char *message);
/** Nothing of the log is wanted for now. */
void stream_quiet(app_t *app);
/** At the end. */
void stream_drop(app_t *app);
/** The login is over; the stream may have been resumed. */
void stream_up(app_t *app);
/** The connection is gone, or could not be had again. @param error the server's; may be NULL */
void stream_down(app_t *app, const xmpp_stream_error_t *error);
/** To be called before each turn of the loop. @return false when the connection is gone for good */
bool stream_turn(app_t *app);

/* ---- signals.c ------------------------------------------------------------------------------- */

/** Ctrl-C and SIGTERM: noted once there is something to end in good order, else the end at once;
 * the second is always the end at once. */
void signals_init(void);
void signals_graceful(void);
bool signals_interrupted(void);
/** From now on they come in within signals_wait() alone: none is lost between a look and a wait. */
void signals_watch(void);
/** In a child of who watches: as elsewhere, but however many come, only the watcher ends us at once. */
void signals_watched(void);
/** The process that is ended with the first, and killed with the second; 0: none.
 *  @param file that is removed when we end with the second; NULL: none */
void signals_child(pid_t pid, const char *file);
/** Waits for a signal, or the end of a child. @param most NULL: without end */
void signals_wait(const struct timespec *most);
/** Waits for a signal, or for the descriptor to have something. One that comes just before is not lost.
 *  @return whether it has */
bool signals_wait_or(int fd, unsigned ms);
/** The end, with these words, when signals_alarm_off() is not called in time: for what cannot be
 *  interrupted otherwise. */
void signals_alarm(unsigned seconds);
/** The same beside transfers: what hangs for some seconds, or when Ctrl-C comes, loses its socket. */
void signals_dial(void);
void signals_alarm_off(void);
/** The connection's socket; -1: none. */
void signals_socket(int fd);
/** Nothing hangs. */
void signals_turn(void);

/* ---- daemon.c -------------------------------------------------------------------------------- */

/** Runs that, again and again, in a process of its own, until a signal comes. The first time it
 * must work. @return the status to exit with */
int daemon_run(const settings_t *settings, int (*run)(const settings_t *settings));
/** In there: it has logged in. Elsewhere nothing. */
void daemon_ready(void);
/** In there: who watches over us is gone. */
bool daemon_is_orphan(void);

/* ---- prompt.c -------------------------------------------------------------------------------- */

typedef enum {
    PROMPT_NOBODY,     /**< there is no terminal, or nothing is to be asked */
    PROMPT_BACKGROUND, /**< the terminal is for others at the moment */
    PROMPT_POSSIBLE
} prompt_t;

/** Can somebody be asked? To be looked at before each question. */
prompt_t prompt_state(const settings_t *settings);
/** Forgets what was typed before the question could be seen: it is no answer to it. */
void prompt_forget(void);
/** Has the terminal a line for us, or has it ended? */
bool prompt_has_answer(void);
/** Asks for a number and waits for it. @param n the largest
 *  @return the number; 0: none of them. @param how receives how the wait ended */
size_t prompt_choose(app_t *app, const char *question, size_t n, wait_t *how);

/* ---- find.c ---------------------------------------------------------------------------------- */

/** What is known of one resource of the peer's account. */
typedef struct {
    char *jid;
    int priority;
    int receives; /**< 1: it can receive files; 0: it cannot; negative: it does not tell */
    bool has_s5b; /**< it can do so by SOCKS5 bytestreams */
    bool answered;
} device_t;

typedef struct {
    device_t *devices;
    size_t n_devices;
    bool is_contact; /**< we may see their presence */
} found_t;

/** Looks which devices an account has, and what they can do.
 *  @param first true: one that can receive files is enough
 *  @return WAIT_DONE or WAIT_TIMEOUT: all that could be found is found */
wait_t find_devices(app_t *app, const char *bare, bool first, found_t *found);
void found_free(found_t *found);
/** The device to send to: PEER itself if it is a full JID.
 *  @param device receives the full JID, to be freed
 *  @return STATUS_DONE; or a status, after words about it */
int find_device(app_t *app, const char *peer, char **device);

/* ---- the subcommands ------------------------------------------------------------------------- */

/** @param words the arguments after the subcommand's name @return the status to exit with */
typedef int (*command_fn)(const settings_t *settings, int n_words, char **words);

int command_send(const settings_t *settings, int n_words, char **words);
int command_receive(const settings_t *settings, int n_words, char **words);
int command_check(const settings_t *settings, int n_words, char **words);
int command_devices(const settings_t *settings, int n_words, char **words);

#endif

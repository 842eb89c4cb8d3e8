/* SPDX-License-Identifier: MIT */
/** @file
 *  What the user has asked for: options, environment and configuration file in one. */
#ifndef COMMAND_SETTINGS_H
#define COMMAND_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What the command exits with. Scripts rely on the numbers. */
enum {
    STATUS_DONE = 0,
    STATUS_FAILED = 1, /**< a transfer failed */
    STATUS_USAGE = 2,  /**< the command line or the configuration is wrong */
    STATUS_LOGIN = 3,  /**< cannot log in */
    STATUS_PEER = 4,   /**< the peer was not found or cannot receive files */
    STATUS_DECLINED = 5,
    STATUS_NOT_VERIFIED = 6, /**< what arrived is not what was sent */
    STATUS_INTERRUPTED = 130
};

/** Where a setting came from; the lesser wins. */
typedef enum { SOURCE_OPTION, SOURCE_ENVIRONMENT, SOURCE_FILE, SOURCE_NONE } source_t;

typedef enum {
    KEY_JID,
    KEY_PASSWORD, /**< in the environment and the file only */
    KEY_PASSWORD_FILE,
    KEY_SERVER,
    KEY_CA,
    KEY_INSECURE,
    KEY_CONFIG, /**< on the command line only, as the next */
    KEY_ACCOUNT,
    KEY_TRANSPORT,
    KEY_RELAY_ONLY,
    KEY_PORT,
    KEY_PROXY,
    KEY_NO_RESUME,
    KEY_NAME,
    KEY_DESC,
    KEY_TO,
    KEY_ONCE,
    KEY_FROM,
    KEY_MAX_SIZE,
    KEY_QUOTA,
    KEY_TYPE,
    KEY_YES,
    KEY_DAEMON,
    KEY_TIMEOUT,
    KEY_QUIET,
    KEY_JSON,
    KEY_VERBOSE,
    KEY_COUNT
} key_id_t;

/** Which way files may go. */
typedef enum { TRANSPORT_AUTO, TRANSPORT_S5B, TRANSPORT_IBB } transport_t;

/** A setting's name, which is that of the option and that in the file. */
typedef struct {
    const char *name;
    bool is_flag; /**< an option without argument; yes or no in the file */
    bool is_option;
    bool is_file_key;
    bool is_list;      /**< may be given several times */
    bool receive_only; /**< as an option */
    bool send_only;    /**< as an option */
} key_info_t;

extern const key_info_t setting_keys[KEY_COUNT];

typedef struct {
    char *jid;
    char *password;
    char *password_file;
    char *host;          /**< of --server; NULL: found by the JID's domain */
    unsigned short port; /**< 0: the usual one */
    char *ca;
    bool insecure;
    char *config;
    char *account;
    transport_t transport;
    bool relay_only;
    unsigned port_first; /**< where others connect to; 0: any free one */
    unsigned port_last;  /**< of the range that one is chosen from */
    char **proxies;      /**< JIDs, besides those of the server */
    size_t n_proxies;
    bool no_resume;
    char *name; /**< under which a file is sent */
    char *desc; /**< what is said of it */
    char *to;
    bool once;
    char **from;
    size_t n_from;
    char **types; /**< media types to be taken, "image/" and a star for all of a kind; none: any */
    size_t n_types;
    uint64_t max_size; /**< octets; 0: no limit */
    uint64_t quota;    /**< octets that the files in the folder may have in all; 0: no limit */
    bool yes;
    bool daemon;
    unsigned timeout; /**< seconds; 0: none was given */
    bool quiet;
    bool json;
    bool verbose;
    source_t sources[KEY_COUNT];
} settings_t;

void settings_init(settings_t *settings);
/** Forgets all, the password for good. */
void settings_free(settings_t *settings);

/** Sets one from text, unless a better source has set it.
 *  @param where what to name in a complaint: "--timeout", "config:7: timeout"
 *  @return false after a complaint on stderr */
bool settings_set(settings_t *settings, source_t source, key_id_t key, const char *value,
                  const char *where);

/** Forgets what the environment has said of an account: another one was chosen. */
void settings_forget_environment(settings_t *settings);

/** @return the key of that name; KEY_COUNT when there is none */
key_id_t settings_key(const char *name, size_t len);

/** The words of the command line that are no options, and what to do first of all. */
typedef struct {
    bool help;
    bool version;
    int n_words;
    char **words; /**< the subcommand, then its arguments */
} command_line_t;

/** Reads the command line. @return false after a complaint */
bool options_parse(settings_t *settings, int argc, char **argv, command_line_t *line);
/** @return the first option that was given and belongs to the other subcommand, or NULL
 *  @param receive look for those of receive, else for those of send */
const char *options_of(const settings_t *settings, bool receive);
/** Reads JINGLE_JID, JINGLE_PASSWORD and JINGLE_SERVER, unless they are of another account than the one that an
 *  option names. @return false after a complaint */
bool environment_read(settings_t *settings);
/** Reads the configuration file, if there is one, and takes one account from it.
 *  @return false after a complaint */
bool config_read(settings_t *settings);

/** Gets the password, from the password file or the terminal where it is not there yet.
 *  @return STATUS_DONE, or a status after a complaint */
int password_get(settings_t *settings);

/** Is it user@server or user@server/resource? */
bool jid_is_account(const char *jid);
/** Is it one of these, or that of a program that is part of a server, such as files.server.example? A
 * word without a dot is a user's name whose server was left out. */
bool jid_is_sender(const char *jid);
/** @return length of the part before the resource */
size_t jid_bare_length(const char *jid);
/** Do these two name the same account? Node and domain regardless of case (ASCII). */
bool jid_same_bare(const char *a, const char *b);
/** Does a JID that the user wrote stand for this full JID: itself, or a bare one of it? */
bool jid_matches(const char *pattern, const char *jid);

/** Memory that is there, or the end of the program. */
void *must_alloc(void *old, size_t size);
char *must_copy(const char *text, size_t len);
/** Leaves nothing of what may be a password. */
void wipe(void *memory, size_t size);
/** Frees such a text too; NULL is allowed. */
void forget(char *secret);

#endif

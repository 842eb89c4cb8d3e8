/* SPDX-License-Identifier: MIT */
/** @file
 *  The jingle command: sends and receives files over XMPP. It uses the public headers alone, so it
 * is an example of them too. One file a subcommand; what they stand on is in app.h. */
#include "app.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "report.h"
#include "text.h"

typedef struct {
    const char *name;
    command_fn run;
    int least, most; /**< arguments */
    bool has_peer;   /**< the first of them */
    const char *wants;
} command_t;

static const command_t commands[] = {
    {"send", command_send, 2, INT_MAX, true, "a PEER and at least one FILE"},
    {"receive", command_receive, 0, 0, false, "no arguments but options"},
    {"check", command_check, 0, 0, false, "no arguments but options"},
    {"devices", command_devices, 1, 1, true, "one PEER"},
};

static const char help[] =
    "usage: jingle send [options] PEER FILE...   send files to somebody\n"
    "       jingle receive [options]             take files that are offered\n"
    "       jingle check [options]               log in; show what is there and what is missing\n"
    "       jingle devices [options] PEER        list the devices of somebody\n"
    "\n"
    "PEER is a contact, as user@server, or a full address, as 'jingle receive' prints it.\n"
    "FILE is a file, a folder, or - for what comes on standard input. A folder arrives as "
    "NAME.tar,\n"
    "to be unpacked with tar -xf.\n"
    "\n"
    "Account:\n"
    "  --jid JID             your account, as user@server; with /RESOURCE your full address is\n"
    "                        that one each time\n"
    "  --password-file FILE  file whose first line is the password\n"
    "  --account NAME        [account NAME] of the configuration file\n"
    "  --config FILE         configuration file, instead of ~/.config/jingle/config\n"
    "  --server HOST:PORT    where the server is, if the JID does not tell\n"
    "  --ca FILE             certificates (PEM) to trust besides the system's\n"
    "  --insecure            accept any certificate, and a connection without encryption\n"
    "\n"
    "Which way:\n"
    "  --transport WHICH     auto (directly, by a proxy, in-band: what works first), s5b or ibb\n"
    "  --relay-only          show the other side no address of yours: by a proxy or in-band\n"
    "  --port N[-M]          let others connect to this port of ours, or one of a range\n"
    "  --proxy JID           a proxy to use besides those of the server (repeatable)\n"
    "  --no-resume           begin anew, and keep nothing of a transfer that was cut\n"
    "\n"
    "Sending:\n"
    "  --name NAME           send the file under this name\n"
    "  --desc TEXT           say this about the files to who is asked whether to take them\n"
    "\n"
    "Receiving:\n"
    "  --to DIR              folder for the files, instead of the current one; - for stdout\n"
    "  --from JID            take what JID offers without asking (repeatable)\n"
    "  --yes                 do not ask: take everything, or with --from that and nothing else\n"
    "  --max-size N[KMG]     take no larger files\n"
    "  --type TYPE           take only files of this media type, as image/* (repeatable)\n"
    "  --quota N[KMG]        take no more than the folder may hold in all\n"
    "  --once                end after what the first sender sends\n"
    "  --daemon              run for ever: log in again whenever the connection is lost; asks\n"
    "                        nothing, and declines all but what --from or --yes allow\n"
    "\n"
    "  --timeout SECONDS     how long to wait for the other side\n"
    "  -q, --quiet           errors only, and the line 'ready FULL-JID' of receive\n"
    "  --json                one JSON object a line\n"
    "  -v, --verbose         also what goes over the wire, in short\n"
    "  -h, --help            this\n"
    "  --version             version and licence\n"
    "\n"
    "Environment: JINGLE_JID, JINGLE_PASSWORD, JINGLE_SERVER. More is in jingle(1).\n"
    "Exit status: 0 done, 1 transfer failed, 2 usage, 3 cannot log in, 4 peer not found or cannot\n"
    "receive, 5 declined, 6 content did not verify, 130 interrupted.\n";

static int show_version(void)
{
    printf("jingle %s\nLicence: MIT\n", jingle_version());
    return STATUS_DONE;
}

static const command_t *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    fprintf(stderr, "jingle: there is no subcommand '%s'; see 'jingle --help'\n", name);
    return NULL;
}

/** Everything that there is to say against what the user has typed. */
static int prepare(settings_t *settings, const command_line_t *line, const command_t *command)
{
    const char *of_receive = options_of(settings, true), *of_send = options_of(settings, false);

    if (of_receive && command->run != command_receive) {
        fprintf(stderr, "jingle: --%s is for 'jingle receive'\n", of_receive);
        return STATUS_USAGE;
    }
    if (of_send && command->run != command_send) {
        fprintf(stderr, "jingle: --%s is for 'jingle send'\n", of_send);
        return STATUS_USAGE;
    }
    if (line->n_words - 1 < command->least || line->n_words - 1 > command->most) {
        fprintf(stderr, "jingle: %s wants %s; see 'jingle --help'\n", command->name,
                command->wants);
        return STATUS_USAGE;
    }
    if (command->has_peer && !jid_is_sender(line->words[1])) {
        fprintf(stderr, "jingle: PEER: '%s' is not a JID, such as user@server.example\n",
                line->words[1]);
        return STATUS_USAGE;
    }
    if (settings->quiet && settings->verbose) {
        fputs("jingle: --quiet and --verbose do not go together\n", stderr);
        return STATUS_USAGE;
    }
    if (!environment_read(settings) || !config_read(settings))
        return STATUS_USAGE;
    if (!settings->jid) {
        fputs("jingle: no account; give --jid user@server, or set JINGLE_JID, or put it into the "
              "configuration file\n",
              stderr);
        return STATUS_USAGE;
    }
    /* That address is the one at which `receive` is found, and may be running now. */
    if (command->run != command_receive && settings->sources[KEY_JID] != SOURCE_OPTION)
        settings->jid[jid_bare_length(settings->jid)] = '\0';
    return STATUS_DONE;
}

static int run(settings_t *settings, const command_line_t *line)
{
    const command_t *command;
    int status;

    if (line->help) {
        fputs(help, stdout);
        return STATUS_DONE;
    }
    if (line->version)
        return show_version();
    if (!line->n_words) {
        fputs(help, stderr);
        return STATUS_USAGE;
    }
    command = find_command(line->words[0]);
    status = command ? prepare(settings, line, command) : STATUS_USAGE;
    if (status == STATUS_DONE)
        status = password_get(settings);
    if (status != STATUS_DONE)
        return status;
    report_init(settings);
    return command->run(settings, line->n_words - 1, line->words + 1);
}

/** Where one of these was closed the connection would get its number, and what is meant for standard output go
 *  there. Opened the wrong way round, so that using it fails. But standard error is written to beside all else,
 *  also by tar, and nothing is to fail for it. */
static bool fill_descriptors(void)
{
    static const int how[] = {
        [STDIN_FILENO] = O_WRONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_WRONLY};

    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", how[fd]) != fd)
            return false;
    return true;
}

/** What a program did not get to read was not done. */
static int check_output(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fputs("jingle: standard output cannot be written\n", stderr);
    return status == STATUS_DONE ? STATUS_FAILED : status;
}

int main(int argc, char **argv)
{
    settings_t settings;
    command_line_t line;
    int status;

    if (!fill_descriptors())
        return STATUS_FAILED;
    text_init();
    settings_init(&settings);
    status = options_parse(&settings, argc, argv, &line) ? run(&settings, &line) : STATUS_USAGE;
    settings_free(&settings);
    return check_output(status);
}

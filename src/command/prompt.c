/* SPDX-License-Identifier: MIT */
/** @file
 *  Questions to who sits at the terminal, without standing still meanwhile. */
#include "app.h"

#include <stdio.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "report.h"

/** Who is not and touches the terminal is stopped, with all that is under way. A terminal that does not
 * control us cannot do that. */
static bool is_foreground(void)
{
    pid_t group = tcgetpgrp(STDIN_FILENO);

    return group < 0 || group == getpgrp();
}

prompt_t prompt_state(const settings_t *settings)
{
    if (settings->json || settings->quiet || settings->daemon || !isatty(STDIN_FILENO) ||
        !isatty(STDERR_FILENO))
        return PROMPT_NOBODY;
    return is_foreground() ? PROMPT_POSSIBLE : PROMPT_BACKGROUND;
}

void prompt_forget(void)
{
    tcflush(STDIN_FILENO, TCIFLUSH);
}

bool prompt_has_answer(void)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

    return poll(&in, 1, 0) > 0 && is_foreground();
}

typedef struct {
    char text[64];
    ssize_t len;
} answer_t;

static bool has_answer(app_t *app, void *userdata)
{
    answer_t *answer = userdata;

    (void)app;
    if (!prompt_has_answer())
        return false;
    answer->len = read(STDIN_FILENO, answer->text, sizeof answer->text - 1);
    return true;
}

size_t prompt_choose(app_t *app, const char *question, size_t n, wait_t *how)
{
    answer_t answer = {.len = 0};
    unsigned number = 0;

    prompt_forget();
    report_question("%s [1-%zu] ", question, n);
    *how = app_wait(app, has_answer, &answer, WAIT_FOREVER);
    report_answered();
    if (*how != WAIT_DONE || answer.len <= 0)
        return 0;
    answer.text[answer.len] = '\0';
    /* Three digits are no number too large. NOLINTNEXTLINE(cert-err34-c) */
    return sscanf(answer.text, "%3u", &number) == 1 && number <= n ? number : 0;
}

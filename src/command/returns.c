/* SPDX-License-Identifier: MIT */
/** @file
 *  With --once: files that were cut are counted until each has come again, or it is too late. */
#include "returns.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"

#define RETURN_SECONDS 120u /* so long do senders offer the rest again */

void returns_add(returns_t *returns, app_t *app, const char *peer)
{
    if (!returns->n)
        returns->peer = must_copy(peer, strlen(peer));
    returns->n++;
    app->expects = true;
    returns_begin(returns, app);
}

void returns_begin(returns_t *returns, const app_t *app)
{
    returns->until = clock_ms() + app_timeout(app, RETURN_SECONDS);
}

void returns_take(returns_t *returns, app_t *app)
{
    if (returns->n > 1)
        returns->n--;
    else
        returns_drop(returns, app);
}

bool returns_late(const returns_t *returns)
{
    return returns->n && clock_ms() >= returns->until;
}

void returns_drop(returns_t *returns, app_t *app)
{
    free(returns->peer);
    *returns = (returns_t){.peer = NULL};
    app->expects = false;
}

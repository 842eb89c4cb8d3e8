/* SPDX-License-Identifier: MIT */
/** @file
 *  test/table [--tap] [FILE]: drives every cell of the table of who may send and receive what
 *  (test/data/states.tsv: action x state x role) with a managed type and stub plug-ins, as XEP-0166
 *  sections 5.1, 6 and 7.2 have it, and checks the answer. Ends with "N passed, N failed".
 *
 *  The session has two contents of the initiator's, c and d; d has a security. n is a content of
 * our own that was added: offered where an answer of the peer's is to be asked for, held back where
 * none must be. "if" cells are driven twice, unasked and asked; a session in "starting" whose offer
 * is held is driven from inside the handling of that offer. (J166-02, J166-76) */
#include "table_cells/cell.h"

static const char *field(char **line)
{
    char *start = *line, *tab = strpbrk(start, "\t\n");

    if (tab) {
        *line = tab + 1;
        *tab = '\0';
    } else
        *line = start + strlen(start);
    return start;
}

static bool read_cell(char *line, cell_t *cell)
{
    static const char *const columns[] = {"starting", "pending", "active", "ended"};
    const char *state, *role;

    memset(cell, 0, sizeof(*cell));
    cell->action = jingle_action_from_name(field(&line));
    state = field(&line);
    role = field(&line);
    while (cell->column < ENDED && strcmp(columns[cell->column], state) != 0)
        cell->column++;
    cell->initiator = strcmp(role, "initiator") == 0;
    snprintf(cell->send, sizeof(cell->send), "%s", field(&line));
    field(&line);
    field(&line);
    snprintf(cell->receive, sizeof(cell->receive), "%s", field(&line));
    snprintf(cell->error, sizeof(cell->error), "%s", field(&line));
    snprintf(cell->name, sizeof(cell->name), "%s/%s/%s", jingle_action_name(cell->action), state,
             role);
    return cell->action != JINGLE_ACTION_UNKNOWN && strcmp(columns[cell->column], state) == 0;
}

static bool check(const cell_t *cell)
{
    static const char *const known[] = {"yes", "no", "if", "queue", "tolerate"};
    bool send = false, receive_known = false;

    why[0] = '\0';
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        send = send || (i < 3 && strcmp(known[i], cell->send) == 0);
        receive_known = receive_known || strcmp(known[i], cell->receive) == 0;
    }
    if (!send || !receive_known)
        return fail("a value that is known", cell->receive);
    return check_send(cell) && check_receive(cell) && !*why;
}

int main(int argc, char **argv)
{
    bool tap = argc > 1 && strcmp(argv[1], "--tap") == 0;
    const char *folder = getenv("srcdir");
    char path[4096], line[1024];
    unsigned passed = 0, failed = 0;
    FILE *file;

    snprintf(path, sizeof(path), "%s/test/data/states.tsv", folder ? folder : ".");
    if (argc > 1 + tap)
        snprintf(path, sizeof(path), "%s", argv[1 + tap]);
    file = fopen(path, "r");
    if (!file || !fgets(line, sizeof(line), file)) {
        perror(path);
        return 2;
    }
    while (fgets(line, sizeof(line), file)) {
        cell_t cell;
        bool good = read_cell(line, &cell) ? check(&cell) : fail("a row of the table", line);

        if (good && tap)
            printf("ok %s\n", cell.name);
        if (!good)
            printf("not ok %s - expected %s\n", cell.name, why);
        passed += good;
        failed += !good;
    }
    fclose(file);
    printf("%u passed, %u failed\n", passed, failed);
    return failed || !passed;
}

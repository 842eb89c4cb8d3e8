/* SPDX-License-Identifier: MIT */
/** @file
 *  test/roundtrip [--tap] FILE...: reads a stanza from each file, parses its `<jingle/>` (and the
 *  `<error/>` of an IQ of type error), builds both again from copies of the public structs, and
 *  compares what came out with what went in. Then it does so once for each allocation, which fails.
 *
 *  Ends with `N passed, N failed`, and `, N skipped` for stanzas that hold neither; the exit status
 *  is 0 only if nothing failed and something passed. With --tap it prints a line for each file
 *  instead, as scripts/run_suite.py reads them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jingle/data.h>

#include "core/write.h"
#include "support/test_mem.h"
#include "support/text.h"
#include "support/xml_compare.h"
#include "support/xml_reader.h"

typedef enum { PASSED, FAILED, SKIPPED, RESULTS } result_t;

typedef struct {
    xmpp_ctx_t *ctx;
    test_mem_t mem;
    text_t why; /**< of the file at hand */
    int err;    /**< of what was built last */
    bool tap;
    unsigned counts[RESULTS];
} run_t;

/* ---- building ------------------------------------------------------------------------------ */

static void *copy(const void *items, size_t size)
{
    return size ? memcpy(text_alloc(size), items, size) : NULL;
}

/** Copies the lists, so that only what a program could have filled in itself is written. */
static jingle_foreign_t copy_foreign(jingle_foreign_t foreign)
{
    foreign.attrs = copy(foreign.attrs, foreign.n_attrs * sizeof(*foreign.attrs));
    foreign.children = copy(foreign.children, foreign.n_children * sizeof(*foreign.children));
    return foreign;
}

static void free_foreign(jingle_foreign_t foreign)
{
    free((void *)foreign.attrs);
    free((void *)foreign.children);
}

static int build_jingle(run_t *run, xmpp_stanza_t *element, char **xml)
{
    const jingle_data_t *parsed;
    jingle_content_data_t *contents;
    jingle_reason_t reason;
    jingle_data_t data;
    int err = jingle_data_new(&run->mem.mem, element, &parsed);

    if (err)
        return err;
    data = *parsed;
    data.foreign = copy_foreign(data.foreign);
    data.contents = contents = copy(parsed->contents, parsed->n_contents * sizeof(*contents));
    for (size_t i = 0; i < data.n_contents; i++)
        contents[i].foreign = copy_foreign(contents[i].foreign);
    if (parsed->reason) {
        reason = *parsed->reason;
        reason.foreign = copy_foreign(reason.foreign);
        data.reason = &reason;
    }
    err = jingle_data_to_xml(&run->mem.mem, &data, xml);
    for (size_t i = 0; i < data.n_contents; i++)
        free_foreign(contents[i].foreign);
    if (data.reason)
        free_foreign(reason.foreign);
    free_foreign(data.foreign);
    free(contents);
    jingle_data_free(parsed);
    return err;
}

static int build_error(run_t *run, xmpp_stanza_t *iq, char **xml)
{
    const jingle_error_t *parsed;
    jingle_error_t error;
    int err = jingle_error_new(&run->mem.mem, iq, &parsed);

    if (err)
        return err;
    error = *parsed;
    error.foreign = copy_foreign(error.foreign);
    err = jingle_error_to_xml(&run->mem.mem, &error, xml);
    free_foreign(error.foreign);
    jingle_error_free(parsed);
    return err;
}

static int copy_element(run_t *run, xmpp_stanza_t *element, char **xml)
{
    jingle__buf_t buf;

    jingle__buf_init(&buf, &run->mem.mem);
    jingle__write_element(&buf, element, NULL);
    return jingle__buf_finish(&buf, xml);
}

static bool is_jingle(xmpp_stanza_t *element)
{
    return xmpp_stanza_is_tag(element) && !strcmp(xmpp_stanza_get_name(element), "jingle") &&
           !strcmp(jingle_element_ns(element), JINGLE_NS);
}

/** @return the `<error/>` of an IQ of type error; NULL for any other stanza */
static xmpp_stanza_t *error_of(xmpp_stanza_t *root)
{
    const char *type = xmpp_stanza_get_type(root);

    if (!type || strcmp(type, "error") || strcmp(xmpp_stanza_get_name(root), "iq"))
        return NULL;
    return jingle_element_child(root, "error", jingle_element_ns(root));
}

static int build_child(run_t *run, xmpp_stanza_t *root, xmpp_stanza_t *child, char **xml)
{
    if (is_jingle(child))
        return build_jingle(run, child, xml);
    if (child == error_of(root))
        return build_error(run, root, xml);
    return copy_element(run, child, xml);
}

static int put_start(run_t *run, text_t *to, xmpp_stanza_t *root)
{
    int count = xmpp_stanza_get_attribute_count(root);
    const char **slots = text_alloc((size_t)count * 2 * sizeof(*slots) + 1);
    jingle__buf_t attrs;
    char *text = NULL;
    int err;

    jingle__buf_init(&attrs, &run->mem.mem);
    count = xmpp_stanza_get_attributes(root, slots, count * 2);
    for (int i = 0; i + 1 < count; i += 2)
        jingle__buf_attr(&attrs, slots[i], slots[i + 1]);
    err = jingle__buf_finish(&attrs, &text);
    if (!err)
        text_printf(to, "<%s%s>", xmpp_stanza_get_name(root), text ? text : "");
    run->mem.mem.free(text, &run->mem);
    free(slots);
    return err;
}

/** @return false when something cannot be built; why says it, err is why */
static bool build(run_t *run, xmpp_stanza_t *root, text_t *to)
{
    xmpp_stanza_t *child = is_jingle(root) ? root : xmpp_stanza_get_children(root);
    char *xml = NULL;

    run->err = child != root ? put_start(run, to, root) : JINGLE_EOK;
    for (; child && !run->err; child = xmpp_stanza_get_next(child)) {
        run->err = build_child(run, root, child, &xml);
        if (run->err)
            break;
        text_puts(to, xml);
        run->mem.mem.free(xml, &run->mem);
        if (child == root)
            return true;
    }
    if (run->err) {
        text_printf(&run->why, "cannot be built: %s", jingle_strerror(run->err));
        return false;
    }
    text_printf(to, "</%s>", xmpp_stanza_get_name(root));
    return true;
}

/* ---- files --------------------------------------------------------------------------------- */

static bool holds_something(xmpp_stanza_t *root)
{
    xmpp_stanza_t *child = jingle_element_child(root, "jingle", JINGLE_NS);

    return is_jingle(root) || child || error_of(root);
}

/** Without the n-th allocation. @return false when that is not said, or something is kept */
static bool build_without(run_t *run, xmpp_stanza_t *was, size_t n, bool on, bool *failed)
{
    text_t built = {0};
    bool good;

    test_mem_fail_at(&run->mem, n, on);
    good = build(run, was, &built) || run->err == JINGLE_EMEM;
    *failed = run->mem.failures > 0;
    test_mem_fail_at(&run->mem, 0, false);
    text_clear(&run->why);
    text_clear(&built);
    if (good && (!*failed || run->err) && !run->mem.blocks)
        return true;
    text_printf(&run->why, "allocation %zu%s failed: %s, %zu blocks kept", n,
                on ? " and all later ones" : "", jingle_strerror(run->err), run->mem.blocks);
    return false;
}

/** Once more for each allocation, which fails; then with all later ones failing too. */
static bool starve(run_t *run, xmpp_stanza_t *was)
{
    bool failed, good = true;

    for (int on = 0; on < 2 && good; on++) {
        failed = true;
        for (size_t n = 1; failed && good; n++)
            good = build_without(run, was, n, on, &failed);
    }
    test_mem_free_all(&run->mem);
    return good;
}

static result_t check(run_t *run, xmpp_stanza_t *was)
{
    xmpp_stanza_t *now = NULL;
    text_t built = {0};
    char error[200];
    bool same = false;

    if (!holds_something(was))
        return SKIPPED;
    if (build(run, was, &built)) {
        now = xml_read(run->ctx, text_str(&built), built.len, error, sizeof(error));
        if (now)
            same = xml_compare(was, now, &run->why);
        else
            text_printf(&run->why, "what was built is not well-formed: %s", error);
    }
    if (now)
        xmpp_stanza_release(now);
    text_clear(&built);
    if (run->mem.blocks) {
        text_printf(&run->why, "%zu blocks of memory were not given back", run->mem.blocks);
        test_mem_free_all(&run->mem);
        same = false;
    }
    same = same && starve(run, was);
    return same ? PASSED : FAILED;
}

static bool read_file(const char *path, text_t *text)
{
    FILE *file = fopen(path, "rb");
    char piece[4096];
    size_t len;
    bool fine;

    if (!file)
        return false;
    while ((len = fread(piece, 1, sizeof(piece), file)) > 0)
        text_add(text, piece, len);
    fine = !ferror(file);
    fclose(file);
    return fine;
}

static result_t run_file(run_t *run, const char *path)
{
    xmpp_stanza_t *root;
    text_t text = {0};
    char error[200];
    result_t result = FAILED;

    if (!read_file(path, &text)) {
        text_puts(&run->why, "cannot be read");
    } else {
        root = xml_read(run->ctx, text_str(&text), text.len, error, sizeof(error));
        if (root) {
            result = check(run, root);
            xmpp_stanza_release(root);
        } else {
            text_printf(&run->why, "not well-formed: %s", error);
        }
    }
    text_clear(&text);
    return result;
}

/** The last folder and the name: enough to find it. */
static const char *short_name(const char *path)
{
    const char *name = strrchr(path, '/');

    while (name && name > path && name[-1] != '/')
        name--;
    return name ? name : path;
}

static void report(const run_t *run, const char *path, result_t result)
{
    const char *why = text_str(&run->why);

    if (!run->tap && result == FAILED)
        printf("%s: %s\n", path, why);
    if (!run->tap)
        return;
    if (result == PASSED)
        printf("ok roundtrip/%s\n", short_name(path));
    else if (result == FAILED)
        printf("not ok roundtrip/%s - %s\n", short_name(path), why);
    else
        printf("skip roundtrip/%s - neither <jingle/> nor the error of an IQ\n", short_name(path));
}

static int run_files(run_t *run, char **paths)
{
    for (; *paths; paths++) {
        result_t result = run_file(run, *paths);

        run->counts[result]++;
        report(run, *paths, result);
        text_clear(&run->why);
    }
    if (!run->tap) {
        printf("%u passed, %u failed", run->counts[PASSED], run->counts[FAILED]);
        if (run->counts[SKIPPED])
            printf(", %u skipped", run->counts[SKIPPED]);
        printf("\n");
    }
    return run->counts[FAILED] || !run->counts[PASSED] ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    run_t run = {.tap = argc > 1 && !strcmp(argv[1], "--tap")};
    char **paths = argv + (run.tap ? 2 : 1);
    int status;

    if (!*paths) {
        fprintf(stderr, "usage: %s [--tap] FILE...\n", argv[0]);
        return 2;
    }
    test_mem_init(&run.mem);
    xmpp_initialize();
    run.ctx = xmpp_ctx_new(NULL, NULL);
    if (!run.ctx)
        return EXIT_FAILURE;
    status = run_files(&run, paths);
    xmpp_ctx_free(run.ctx);
    xmpp_shutdown();
    return status;
}

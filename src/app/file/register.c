/* SPDX-License-Identifier: MIT */
/** @file
 *  File transfer: registration and set-up. */
#include "file.h"

#include <stdio.h>
#include <sys/stat.h>

/** Features of XEP-0300 section 4: the hashes, and each function. */
#define HASH_FEATURE "urn:xmpp:hash-function-text-names:"

static const char module_key;

jingle__files_t *jingle__files_of(const jingle_t *jingle)
{
    return jingle ? jingle_get_module(jingle, &module_key) : NULL;
}

static void files_free(void *module)
{
    jingle__files_t *files = module;
    xmpp_mem_t mem = files->mem;

    jingle__file_free(&mem, files->folder);
    jingle__file_free(&mem, files);
}

static void set_defaults(jingle_files_t *config)
{
    if (!config->idle_timeout)
        config->idle_timeout = 60000;
}

static int files_new(jingle_t *jingle, const jingle_files_t *config, jingle__files_t **out)
{
    const xmpp_mem_t *mem = jingle_get_mem(jingle);
    jingle__files_t *files = jingle__file_alloc(mem, sizeof *files);

    if (!files)
        return JINGLE_EMEM;
    files->mem = *mem;
    files->config = *config;
    set_defaults(&files->config);
    files->folder = jingle__file_strdup(mem, config->folder);
    if (config->folder && !files->folder) {
        files_free(files);
        return JINGLE_EMEM;
    }
    *out = files;
    return JINGLE_EOK;
}

static int check_config(const jingle_t *jingle, const jingle_files_t *config)
{
    struct stat st;

    if (!jingle || config->size != sizeof *config)
        return JINGLE_EINVAL;
    if (config->folder && (stat(config->folder, &st) || !S_ISDIR(st.st_mode)))
        return JINGLE_ENOENT;
    return jingle__files_of(jingle) ? JINGLE_EEXIST : JINGLE_EOK;
}

#define N_FEATURES (3 + JINGLE_HASH_COUNT - 1)
#define FEATURE_MAX 64

static void feature_of(unsigned index, char feature[FEATURE_MAX])
{
    static const char *const plain[] = {JINGLE_NS_HASHES, JINGLE_NS_THUMBNAILS, JINGLE_NS_BOB};

    if (index < 3)
        snprintf(feature, FEATURE_MAX, "%s", plain[index]);
    else
        snprintf(feature, FEATURE_MAX, HASH_FEATURE "%s",
                 jingle_hash_name((jingle_hash_algo_t)(index - 3 + 1)));
}

static void remove_features(jingle_t *jingle, unsigned end)
{
    char feature[FEATURE_MAX];

    while (end--) {
        feature_of(end, feature);
        jingle_remove_feature(jingle, feature);
    }
}

static int add_features(jingle_t *jingle)
{
    char feature[FEATURE_MAX];

    for (unsigned i = 0; i < N_FEATURES; i++) {
        feature_of(i, feature);
        if (jingle_add_feature(jingle, feature)) {
            remove_features(jingle, i);
            return JINGLE_EMEM;
        }
    }
    return JINGLE_EOK;
}

static bool has_ibb(const jingle_t *jingle)
{
    return jingle_get_transport_flows(jingle, JINGLE_NS_IBB_TRANSPORT) != 0;
}

int jingle_register_file_transfer(jingle_t *jingle, const jingle_files_t *config)
{
    jingle__files_t *files = NULL;
    bool serves;
    int err;

    config = config ? config : JINGLE_FILES(.folder = NULL);
    err = check_config(jingle, config);
    if (!err)
        err = files_new(jingle, config, &files);
    if (err)
        return err;
    err = jingle_set_module(jingle, &module_key, files, files_free);
    if (err) {
        files_free(files);
        return err;
    }
    err = add_features(jingle);
    if (err)
        goto no_features;
    err = jingle_register_application(jingle, JINGLE_NS_FILE_TRANSFER, &jingle__file_plugin, files);
    if (err)
        goto no_application;
    err = jingle_serve(jingle, JINGLE_NS_BOB, JINGLE_SERVE_GET, jingle__thumbnail_serve, files);
    serves = !err;
    if (err && err != JINGLE_EEXIST)
        goto no_bob;
    err = has_ibb(jingle) ? JINGLE_EOK : jingle_register_ibb(jingle, NULL);
    if (!err)
        return JINGLE_EOK;
    if (serves)
        jingle_unserve(jingle, JINGLE_NS_BOB);
no_bob:
    jingle_unregister_plugin(jingle, JINGLE_NS_FILE_TRANSFER);
no_application:
    remove_features(jingle, N_FEATURES);
no_features:
    jingle_set_module(jingle, &module_key, NULL, NULL);
    files_free(files);
    return err;
}

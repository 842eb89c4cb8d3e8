# SPDX-License-Identifier: MIT
# Completion of jingle(1) for bash.

_jingle()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command= options i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            send | receive | check | devices) command=${COMP_WORDS[i]} && break ;;
        esac
    done
    case $before in
        --transport) mapfile -t COMPREPLY < <(compgen -W 'auto s5b ibb' -- "$word") && return ;;
        --to) compopt -o dirnames && COMPREPLY=() && return ;;
        --password-file | --ca | --config) compopt -o default && COMPREPLY=() && return ;;
        --account) mapfile -t COMPREPLY < <(compgen -W "$(_jingle_accounts)" -- "$word") && return ;;
        --jid | --server | --from | --max-size | --quota | --type | --name | --desc | --timeout | --port | --proxy) COMPREPLY=() && return ;;
    esac
    options='--jid --password-file --account --config --server --ca --insecure --transport --relay-only --port --proxy
        --no-resume --timeout --quiet --json --verbose --help --version'
    [ "$command" = receive ] && options="$options --to --from --yes --max-size --type --quota --once --daemon"
    [ "$command" = send ] && options="$options --name --desc"
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    elif [ -z "$command" ]; then
        mapfile -t COMPREPLY < <(compgen -W 'send receive check devices' -- "$word")
    elif [ "$command" = send ]; then
        compopt -o default
        COMPREPLY=()
    fi
}

# The names in the configuration file.
_jingle_accounts()
{
    sed -n 's/^[[:space:]]*\[account[[:space:]]\{1,\}\(.*\)\][[:space:]]*$/\1/p' \
        "${XDG_CONFIG_HOME:-$HOME/.config}/jingle/config" 2>/dev/null
}

complete -F _jingle jingle

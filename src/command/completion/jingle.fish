# SPDX-License-Identifier: MIT
# Completion of jingle(1) for fish.

set -l commands send receive check devices
set -l first "not __fish_seen_subcommand_from $commands"
complete -c jingle -f
complete -c jingle -n $first -a send -d 'send files to somebody'
complete -c jingle -n $first -a receive -d 'take files that are offered'
complete -c jingle -n $first -a check -d 'log in; show what is there and what is missing'
complete -c jingle -n $first -a devices -d 'list the devices of somebody'
complete -c jingle -n '__fish_seen_subcommand_from send' -F

complete -c jingle -l jid -x -d 'your account, as user@server, with /resource for one address each time'
complete -c jingle -l password-file -r -F -d 'file whose first line is the password'
complete -c jingle -l account -x -d 'account of the configuration file'
complete -c jingle -l config -r -F -d 'configuration file'
complete -c jingle -l server -x -d 'where the server is, as HOST:PORT'
complete -c jingle -l ca -r -F -d 'certificates to trust besides those of the system'
complete -c jingle -l insecure -d 'accept any certificate and no encryption'
complete -c jingle -l transport -x -a 'auto s5b ibb' -d 'which way'
complete -c jingle -l relay-only -d 'show the other side no address of yours'
complete -c jingle -l port -x -d 'let others connect to this port of ours, or one of a range'
complete -c jingle -l proxy -x -d 'a proxy to use besides those of the server'
complete -c jingle -l no-resume -d 'begin anew, keep nothing of a transfer that was cut'
complete -c jingle -l timeout -x -d 'seconds to wait for the other side'
complete -c jingle -s q -l quiet -d 'errors only'
complete -c jingle -l json -d 'one JSON object a line'
complete -c jingle -s v -l verbose -d 'also what goes over the wire, in short'
complete -c jingle -s h -l help -d 'short help'
complete -c jingle -l version -d 'version and licence'

set -l sending '__fish_seen_subcommand_from send'
complete -c jingle -n $sending -l name -x -d 'send the file under this name'
complete -c jingle -n $sending -l desc -x -d 'say this about the files'

set -l receiving '__fish_seen_subcommand_from receive'
complete -c jingle -n $receiving -l to -x -a '(__fish_complete_directories)' -d 'folder for the files'
complete -c jingle -n $receiving -l from -x -d 'take what this JID offers without asking'
complete -c jingle -n $receiving -l yes -d 'do not ask'
complete -c jingle -n $receiving -l max-size -x -d 'take no larger files'
complete -c jingle -n $receiving -l type -x -d 'take only files of this media type'
complete -c jingle -n $receiving -l quota -x -d 'take no more than the folder may hold'
complete -c jingle -n $receiving -l once -d 'end after what the first sender sends'
complete -c jingle -n $receiving -l daemon -d 'run for ever'

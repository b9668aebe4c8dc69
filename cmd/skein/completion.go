package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"example.com/skein/cmd/internal/attach"
	"example.com/skein/cmd/internal/usage"
)

const completionHelp = `usage: skein completion bash|zsh|fish

Prints the script that completes skein's command line, COMMAND and its arguments
as the shell itself does. For bash, in ~/.bashrc:
    eval "$(skein completion bash)"
For zsh, in ~/.zshrc behind compinit, or as a file _skein in your fpath:
    eval "$(skein completion zsh)"
For fish, in ~/.config/fish/config.fish:
    skein completion fish | source
`

// subcommands are what people type.
const subcommands = "run resume runs show trace top completion man help version"

// completion is skein completion. "runs" is what the scripts ask for.
func completion(args []string) int {
	const hint = "skein completion bash, zsh or fish"
	if len(args) != 1 {
		return fail("completion", usage.Errorf(hint, "name one shell"))
	}
	switch args[0] {
	case "bash":
		fmt.Print(filled(bashCompletion))
	case "zsh":
		fmt.Print(filled(zshCompletion))
	case "fish":
		fmt.Print(filled(fishCompletion))
	case "runs":
		ids, _ := attach.Runs() // a shell that completes has no place for errors
		for _, id := range ids {
			fmt.Println(id)
		}
	case "--help", "-h":
		return help([]string{"completion"})
	default:
		return fail("completion", usage.Errorf(hint, "%s: no script for this shell", args[0]))
	}
	return 0
}

// filled puts in what depends on the flags, so that no list of them is kept.
func filled(script string) string {
	var all, valued []string
	new(flags).set().VisitAll(func(f *pflag.Flag) {
		names := []string{"--" + f.Name}
		if f.Shorthand != "" {
			names = append(names, "-"+f.Shorthand)
		}
		all = append(all, names...)
		if f.NoOptDefVal == "" {
			valued = append(valued, names...)
		}
	})
	return strings.NewReplacer("@SUBCOMMANDS@", subcommands, "@FLAGS@", strings.Join(all, " "),
		"@VALUED@", strings.Join(valued, " ")).Replace(script)
}

const bashCompletion = `_skein() {
	local cur=${COMP_WORDS[COMP_CWORD]} i word IFS=$' \t\n'
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		COMPREPLY=($(compgen -W '@SUBCOMMANDS@' -- "$cur"))
		return
	fi
	case ${COMP_WORDS[1]} in
	top) COMPREPLY=($(compgen -W "--json --web --help $(skein completion runs 2>/dev/null)" -- "$cur")); return ;;
	completion) COMPREPLY=($(compgen -W 'bash zsh fish' -- "$cur")); return ;;
	help) COMPREPLY=($(compgen -W '@SUBCOMMANDS@' -- "$cur")); return ;;
	run) ;;
	*) return ;;
	esac
	# Flags end at COMMAND.
	for ((i = 2; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		--) ((i++)); break ;;
		-*) case ' @VALUED@ ' in *" $word "*) ((i++)) ;; esac ;;
		*) break ;;
		esac
	done
	if ((i > COMP_CWORD)); then
		compopt -o default 2>/dev/null # the value of a flag
	elif ((i < COMP_CWORD)); then
		if declare -F _command_offset >/dev/null; then
			_command_offset "$i"
		else
			compopt -o default 2>/dev/null
		fi
	elif [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '@FLAGS@' -- "$cur"))
	else
		IFS=$'\n' COMPREPLY=($(compgen -c -- "$cur"))
	fi
}
complete -F _skein skein
`

const zshCompletion = `#compdef skein
_skein() {
	local i
	if ((CURRENT == 2)); then
		compadd -- @SUBCOMMANDS@
		return
	fi
	case $words[2] in
	top) compadd -- --json --web --help $(skein completion runs 2>/dev/null); return ;;
	completion) compadd -- bash zsh fish; return ;;
	help) compadd -- @SUBCOMMANDS@; return ;;
	run) ;;
	*) _files; return ;;
	esac
	# Flags end at COMMAND.
	for ((i = 3; i < CURRENT; i++)); do
		case $words[i] in
		--) ((i++)); break ;;
		-*) [[ ' @VALUED@ ' == *" $words[i] "* ]] && ((i++)) ;;
		*) break ;;
		esac
	done
	if ((i > CURRENT)); then
		_files # the value of a flag
	elif ((i < CURRENT)); then
		shift $((i - 1)) words
		((CURRENT -= i - 1))
		_normal
	elif [[ $words[CURRENT] == -* ]]; then
		compadd -- @FLAGS@
	else
		_command_names -e
	fi
}
# From a file in the fpath this is the function's own first call.
if [[ $funcstack[1] == _skein ]]; then
	_skein "$@"
else
	compdef _skein skein
fi
`

const fishCompletion = `# Gives the words of COMMAND so far; its status is 1 if there is none yet.
function __skein_command
	set -l words (commandline -opc)
	set -e words[1]
	test "$words[1]" = run; or return 1
	set -e words[1]
	while set -q words[1]
		switch $words[1]
			case --
				set -e words[1]
				break
			case '-*'
				if contains -- $words[1] @VALUED@
					set -e words[1]
				end
				set -e words[1]
			case '*'
				break
		end
	end
	set -q words[1]; or return 1
	printf '%s\n' $words
end
function __skein_flags
	set -l words (commandline -opc)
	test "$words[2]" = run; and not __skein_command >/dev/null
end
function __skein_arguments
	set -l words (__skein_command)
	complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end
complete -c skein -f -n 'test (count (commandline -opc)) -eq 1' -a '@SUBCOMMANDS@'
complete -c skein -f -n '__fish_seen_subcommand_from top' -a '--json --web --help (skein completion runs 2>/dev/null)'
complete -c skein -f -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
complete -c skein -n __skein_flags -a '@FLAGS@'
complete -c skein -n __skein_flags -a '(__fish_complete_command)'
complete -c skein -n '__skein_command >/dev/null' -a '(__skein_arguments)'
`

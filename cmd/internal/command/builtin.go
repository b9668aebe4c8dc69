package command

import "strings"

// reserved are the words that a shell takes for syntax where a command
// begins.
var reserved = set(`! { } [[ ]] case coproc do done elif else esac fi for
	function if in select then time until while`)

// builtins are the commands that POSIX shells have in themselves: dash, bash,
// the Korn shells, busybox and zsh together.
var builtins = set(`. : [ alias autoload bg bind break builtin bye caller
	cd chdir chpwd command compgen complete compopt continue coproc declare
	dirs disown echo enable eval exec exit export false fc fg float functions
	getopts global hash help history inlib integer jobs kill let limit local
	logout mapfile nameref newgrp noglob popd print printf pushd pwd read
	readarray readonly rehash rename repeat return sched select set setopt
	shift shopt source stop suspend test time times trap true type
	typeset ulimit umask unalias unfunction unlimit unset unsetopt wait
	whence`)

// stateful are those that change the shell, so that what follows in it runs
// differently.
var stateful = set(`. alias break builtin cd chdir command continue declare
	enable eval exec exit export getopts hash let local logout mapfile popd
	pushd read readarray readonly return set shift shopt source trap typeset
	ulimit umask unalias unset wait`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

package main

import (
	"strings"

	"github.com/spf13/pflag"

	"example.com/skein/cmd/internal/command"
	"example.com/skein/cmd/internal/usage"
)

// commandFlags say what is run.
type commandFlags struct {
	name    string
	shell   bool
	exec    bool
	dryRun  bool
	replace string // stands for {}; empty: {} does

	command []string
}

func (f *commandFlags) define(set *pflag.FlagSet) {
	set.StringVar(&f.name, "name", "", "")
	set.BoolVar(&f.shell, "shell", false, "")
	set.BoolVar(&f.exec, "exec", false, "")
	set.StringVar(&f.replace, "replace", "", "")
	set.BoolVar(&f.dryRun, "dry-run", false, "")
}

// check refuses what cannot be together, and a command that is missing unless
// the inputs are commands.
func (f *commandFlags) check(inputsAre bool, changed func(name string) bool) error {
	switch {
	case changed("replace") && (f.replace == "" || strings.ContainsAny(f.replace, " \t\r\n\x00\\'\"`$#")):
		return usage.Errorf("take characters that mean nothing to a shell: --replace %%", "--replace %s: cannot stand for an input", command.Quote(f.replace))
	case f.shell && f.exec:
		return usage.Errorf("--shell gives the line to the shell, --exec runs a program of that name", "--shell and --exec together")
	case inputsAre:
		return nil
	case len(f.command) == 0:
		return usage.Errorf("skein run COMMAND ::: INPUT...; if the inputs are whole commands: skein run --tasks -", "no COMMAND")
	case f.command[0] == "":
		return usage.Errorf("the first word after the flags is the program", "COMMAND is empty")
	}
	return nil
}

const commandUsage = `placeholders
  {}    the input                     dir/a.tar.gz
  {.}   without its extension         dir/a.tar
  {/}   without its directory         a.tar.gz
  {//}  its directory                 dir
  {/.}  without directory, extension  a.tar
  {#}   the number of the task, from 1
  {%}   the number of the slot, from 1 to N: no two at the same time have one
  {2} {2/.} {2//}   the same of the second source, column or input
  {NAME} {NAME/.}   the same of a column or field
  {q} {2q} {NAME:q}  the input quoted once more, for a string that is given to
                     a shell: sh -c 'cd /tmp && ls {q}', ssh HOST ls {q}
  Where none stands in COMMAND or an ARG, the input becomes the last argument,
  or all values do, each as one. A brace after $ or @ is text: ${} HEAD@{1}.
      --replace STR  STR stands for {}, which is text then, as with parallel -I;
                     {.}, {1} and the others are what they are

command
  Flags end at COMMAND; all that follows is the command's own. Several words are
  executed as they are, without a shell. One word with blanks or characters like
  | > $ * is a line for /bin/sh, in which a placeholder is exactly one argument,
  bare, in "...", in '...' or in $(...), and text in a here-document, whatever
  the input is: no input is ever run as code. Where that cannot be promised
  (sh -c "... {}", eval, ssh HOST "... {}", echo {} | sh, sed s/x/{}/, a
  here-document beside any shell), by a variable of the line that holds the
  input too, the command is refused; {q} is the way out, for shells that quote
  as POSIX has it. What a program makes of an argument is its own affair:
  make X={}, a function of yours that evaluates "$1", n=$(basename {}) where sh
  is bash, which runs what stands in a[$(...)] when it calculates with n.
  An input that begins with a dash may be taken for an option; the first one is
  told. With ssh, scp, sftp, rsync, git, tar and find, which execute what some
  options say, that task fails. Write -- {} or ./{}.
  In a line, outside of quotes, \{} is the text {}. In quotes, and among several
  words, a backslash is text too, and the input follows it; --replace makes {}
  text there.
      --shell       COMMAND and ARGs, joined with blanks, are a shell line
      --exec        COMMAND is a program, whatever characters it has
      --dry-run     print the commands, fit to be pasted into sh, and run none
  A function that bash exports (export -f) runs as a program does.

`

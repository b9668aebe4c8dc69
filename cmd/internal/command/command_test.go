package command_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"example.com/skein/cmd/internal/command"
	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/usage"
)

// try gives the command of one task.
func try(t *testing.T, input string, mode command.Mode, words ...string) task.Command {
	t.Helper()
	tmpl, err := command.Parse(words, command.Options{Mode: mode})
	if err != nil {
		t.Fatalf("%q: %v", words, err)
	}
	c, err := tmpl.Work(task.Spec{Seq: 7, Input: input}, 3)
	if err != nil {
		t.Fatalf("%q: %v", words, err)
	}
	return c
}

func TestPlaceholders(t *testing.T) {
	// GNU parallel 20221122 gives the same for every row.
	rows := []struct{ input, stem, base, dir, baseStem string }{
		{"a/b/c.tar.gz", "a/b/c.tar", "c.tar.gz", "a/b", "c.tar"},
		{"c.txt", "c", "c.txt", ".", "c"},
		{"/c.txt", "/c", "c.txt", "/", "c"},
		{"a.b/c", "a.b/c", "c", "a.b", "c"},
		{".bashrc", "", ".bashrc", ".", ""},
		{"a/.b", "a/", ".b", "a", ""},
		{"a/b/", "a/b/", "", "a", ""},
		{"a//b", "a//b", "b", "a", "b"},
		{"/", "/", "", "/", ""},
		{"//a", "//a", "a", "/", "a"},
		{"a.", "a", "a.", ".", "a"},
		{"..", ".", "..", ".", "."},
		{"", "", "", ".", ""},
	}
	for _, r := range rows {
		got := try(t, r.input, command.Auto, "p", "{.}", "{/}", "{//}", "{/.}", "{#}", "{%}", "{}").Argv[1:]
		want := []string{r.stem, r.base, r.dir, r.baseStem, "7", "3", r.input}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", r.input, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	rows := []struct {
		says  string
		words []string
		want  []string
	}{
		{"the input becomes the last argument", []string{"p", "-x"}, []string{"p", "-x", "in put.c"}},
		{"a placeholder within a word", []string{"p", "o/{.}.o"}, []string{"p", "o/in put.o"}},
		{"several in one word", []string{"p", "{#}-{}-{%}"}, []string{"p", "7-in put.c-3"}},
		{"{1} is the input, too", []string{"p", "{1}", "{1.}"}, []string{"p", "in put.c", "in put"}},
		{"a brace after $ or @ is text", []string{"p", "${}", "HEAD@{1}", "{}"}, []string{"p", "${}", "HEAD@{1}", "in put.c"}},
		{"what has no name of a placeholder is text", []string{"p", "{x}", "{ }", "{0}", "{1", "}{", "{##}", "{}"},
			[]string{"p", "{x}", "{ }", "{0}", "{1", "}{", "{##}", "in put.c"}},
		{"text beside braces", []string{"p", "{{}}"}, []string{"p", "{in put.c}"}},
		{"the command can be the input", []string{"{}"}, []string{"in put.c"}},
		{"shell characters in several words mean nothing", []string{"p", "$HOME;ls", "*"}, []string{"p", "$HOME;ls", "*", "in put.c"}},
		{"an empty word stays", []string{"p", "", "{}"}, []string{"p", "", "in put.c"}},
	}
	for _, r := range rows {
		t.Run(r.says, func(t *testing.T) {
			if got := try(t, "in put.c", command.Auto, r.words...).Argv; !slices.Equal(got, r.want) {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

func TestLines(t *testing.T) {
	sh := func(line string) []string { return []string{"/bin/sh", "-c", line} }
	rows := []struct {
		says string
		line string
		want []string
	}{
		{"a pipe", "p {} | q", sh("p 'it'\\''s' | q")},
		{"appended", "cd / && p", sh("cd / && p 'it'\\''s'")},
		{"in double quotes", `p "a {} b" | q`, sh(`p "a "'it'\''s'" b" | q`)},
		{"in single quotes", `p 'a {} b' | q`, sh(`p 'a ''it'\''s'' b' | q`)},
		{"in a substitution in double quotes", `p "$(q {})"`, sh(`p "$(q 'it'\''s')"`)},
		{"in double quotes in a substitution", `p "$(q "{}")"`, sh(`p "$(q ""'it'\''s'"")"`)},
		{"a target", "p <{} >out/{/.}", sh(`p <'it'\''s' >out/'it'\''s'`)},
		{"a value", "x={} p $x", sh(`x='it'\''s' p $x`)},
		{"behind a variable", "p $x{}", sh(`p $x'it'\''s'`)},
		{"in a loop", "for f in {} b; do p $f; done", sh(`for f in 'it'\''s' b; do p $f; done`)},
		{"a backslash before it, outside of quotes, makes it text", `p \{} {} | q`, sh(`p \{} 'it'\''s' | q`)},
		{"a backslash before it, in double quotes, is text", `p "\{}" | q`, sh(`p "\\"'it'\''s'"" | q`)},
		{"a line that begins with a dash is no option", "-p {}|q", sh(` -p 'it'\''s'|q`)},

		{"a simple line needs no shell", `p -x "a {}" 'b {}' c\ d{}`, []string{"p", "-x", "a it's", "b it's", "c dit's"}},
		{"nor does one that ends with a semicolon", `p {};`, []string{"p", "it's"}},
		{"a builtin does", `echo {}`, sh(`echo 'it'\''s'`)},
		{"so does a pattern", `p *.c {}`, sh(`p *.c 'it'\''s'`)},
		{"and a home", `p ~/x {}`, sh(`p ~/x 'it'\''s'`)},
		{"and a variable in double quotes", `p "$x" {}`, sh(`p "$x" 'it'\''s'`)},
		{"and braces, which some shells expand", `p {a,b} {}`, sh(`p {a,b} 'it'\''s'`)},
		{"and a quoted builtin", `'cd' {}`, sh(`'cd' 'it'\''s'`)},
		{"a quoted pattern is a word", `p '*' "~" {}`, []string{"p", "*", "~", "it's"}},
	}
	for _, r := range rows {
		t.Run(r.says, func(t *testing.T) {
			if got := try(t, "it's", command.Auto, r.line).Argv; !slices.Equal(got, r.want) {
				t.Errorf("%s\n got %q\nwant %q", r.line, got, r.want)
			}
		})
	}
}

func TestModes(t *testing.T) {
	if got, want := try(t, "x", command.Exec, "my prog").Argv, []string{"my prog", "x"}; !slices.Equal(got, want) {
		t.Errorf("exec: got %q, want %q", got, want)
	}
	if got, want := try(t, "x", command.Shell, "p", "|", "q").Argv, []string{"/bin/sh", "-c", "p | q 'x'"}; !slices.Equal(got, want) {
		t.Errorf("shell: got %q, want %q", got, want)
	}
}

func TestRefused(t *testing.T) {
	rows := []struct {
		words string // separated by |, for a line has blanks
		what  string
		hint  string
	}{
		{"sh <<X\n{}\nX", "sh would read", "printf"},
		{"ssh host <<X\n{}\nX", "ssh would read", "printf"},
		{"python3 - <<'X'\n{}\nX", "python3 would read", ""},
		{"sudo bash -es a <<X\n{}\nX", "sudo would read", ""},
		{"sh x <<X\n{}\nX\n", "sh would read", ""},
		{"ssh host cat <<X\n{}\nX\n", "ssh would read", "printf"},
		{"bash -euo pipefail <<X\n{}\nX", "bash would read", ""},
		{"env -i bash -o errexit <<X\n{}\nX", "bash would read", ""},
		{"python3 -W ignore <<X\n{}\nX", "python3 would read", ""},
		{"(cd /tmp && bash -s) <<X\n{}\nX", "bash would read", ""},
		{"{ sh; } <<X\n{}\nX", "sh would read", ""},
		{"while true; do ksh93; done <<X\n{}\nX", "ksh93 would read", ""},
		{"cat <<X | sh\n{}\nX", "sh would read", ""},
		{"cat <<X | tee o | \"s\"h\n{}\nX", "sh would read", ""},
		{"p 'q; bash -s' <<X\n{}\nX", "bash would read", ""},
		{". /dev/stdin <<X\n{}\nX", ". would read", ""},
		{"p /dev/fd/0 <<X\n{}\nX", "0 would read", ""},
		{"su root <<X\n{}\nX", "su would read", ""},
		{"kubectl exec -i pod -- p <<X\n{}\nX", "kubectl would read", ""},
		{"make -f - <<X\n{}\nX", "make would read", ""},
		{"awk -f - o <<X\n{}\nX", "awk would read", ""},
		{"skein run --tasks - <<X\n{}\nX", "skein would read", ""},
		{"f() { sh; }; f <<X\n{}\nX", "sh would read", ""},
		{"exec <<X\n{}\nX\nsh", "sh would read", ""},
		{"$SHELL <<X\n{}\nX", "$SHELL would read", ""},
		{`echo "p {}" | sh`, "sh would read", "sh -c"},
		{`printf '%s' "{}" | ssh host sh`, "ssh would read", ""},
		{`printf '%s' "{}" | ssh host 'cd x && bash -s'`, "ssh would read", ""},
		{`printf '%s' "{}" | ssh host`, "ssh would read", ""},
		{`echo {} | xargs -I% sh -c "p %"`, "sh would read", ""},
		{`echo {} | xargs -0 sh -c`, "sh would read", ""},
		{`echo {} | xargs -I% perl -e 'print "%"'`, "perl would read", ""},
		{`echo {} | tee o | bash -euo pipefail`, "bash would read", ""},
		{`echo {} | sudo -u x bash -s a`, "sudo would read", ""},
		{`echo {} | (cd x; env sh)`, "sh would read", ""},
		{`echo {} | while true; do sh; done`, "sh would read", ""},
		{`f() { sh; }; echo {} | f`, "sh would read", ""},
		{`echo {} | python3 -W ignore`, "python3 would read", ""},
		{`echo {} | sh -c "sh"`, "sh would read", ""},
		{`echo {} | docker exec -i c sh`, "sh would read", ""},
		{`echo {} | at now`, "at would read", ""},
		{`echo {} | su postgres`, "su would read", ""},
		{`echo {} | make -f -`, "make would read", ""},
		{`echo {} | . /dev/stdin`, ". would read", ""},
		{`echo {} | parallel -j2`, "parallel would read", ""},
		{`echo {} | skein run --tasks -`, "skein would read", ""},
		{"cat <<X\n$(p {})\nX", "in $(...) in a here-document", "x="},
		{"cat <<X\n$x{}\nX", "behind the name", "${x}"},
		{"cat <<X\n$x\\\n{}\nX", "behind the name", "${x}"},
		{"cat <<X\n$\\\n{}\nX", "behind a $", ""},
		{"p \"$(cat <<'X'\n{}\nX\n)\"", "in a here-document in $(...)", "printf"}, // bash would run an input X$(touch y)
		{"p $(f() { cat <<X\n{}\nX\n}; f)", "in a here-document in $(...)", "printf"},
		{`sh -c "echo '{q}'" | cat`, "sh would read", "quotes of its own"},
		{`sh -c "$x {q}" | cat`, "sh would read", "{q}"},
		{`sh|-c|echo "{q}"`, "sh would read", "quotes of its own"},
		{`sh|-c|echo {q} {}`, "sh would read", ""},
		{`sh|-c|eval {q}`, "sh would read", ""},
		{`sh|-c|ssh host ls {q}`, "sh would read", ""},
		{`ssh|host|echo '|{q}|'`, "behind ssh", ""},
		{`ssh host "echo \"" {q} | cat`, "behind ssh", ""},
		{`fish|-c|echo {q}`, "fish would read", ""},
		{`eval "echo '{q}'"`, "eval would read", "{q}"},
		{`python3|-c|{q}`, "python3 would read", ""},
		{"cat <<{}\na\n{}", "here-document", ""},
		{"echo `p {}`", "inside `...`", "$(...)"},
		{"echo $((1 + {}))", "", ""},
		{"echo ${x:-{}}", "inside ${...}", "x={}"},
		{`echo "${x:-{}}"`, "inside ${...}", "x={}"},
		{"ls # {}", "in a comment", "remove"},
		{"ls #", "", ""},
		{"p; ", "appended", "{}"},
		{"p &", "appended", "{}"},
		{"p >", "no shell line", ""},
		{"p \\", "appended", "{}"},
		{"for x in a; do p; done", "", ""},
		{"{}() { p; }", "", ""},
		{"for {} in a; do p; done", "", ""},
		{"p >&{}", "redirection", ""},
		{"p $'{}'", "$'...'", "leave out"},
		{`p $"{}"`, "$'...'", "leave out"},
		{"p 'unclosed {}", "no shell line", ""},
		{"p |  {2}", "no input 2", "{2,2}"},
		{"p \r {}", "carriage return", ""},

		{`sh|-c|echo {}`, "sh would read the input as code", `sh -c 'echo "$1"' sh {}`},
		{`bash|-c`, "bash would read", ""},
		{`bash|-euo|pipefail|-c|echo {}`, "bash would read", ""},
		{`bash|-ceuo|pipefail|echo {}`, "bash would read", ""},
		{`bash|-c|-e|echo {}`, "bash would read", ""},
		{`env|A=1|/bin/bash|-lc|echo {}`, "bash would read", ""},
		{`find|.|-exec|sh|-c|echo {}|;`, "sh would read", ""},
		{`sh -c "echo {}" | q`, "sh would read", ""},
		{`eval "p {}"`, "eval would read", "{q}"},
		{`x=1 eval p`, "eval would read", ""},
		{`command eval {}`, "eval would read", ""},
		{`trap "p {}" EXIT; q`, "trap would read", ""},
		{`[[ {} -eq 1 ]]`, "[[ would read", ""},
		{`ssh|host|ls {}`, "behind ssh", "xargs -0"},
		{`ssh|-p|22|host`, "behind ssh", ""},
		{`sudo|-u|x|ssh|host`, "behind ssh", ""},
		{`python3|-c|print("{}")`, "python3 would read", "argument"},
		{`perl|-pe|s/a/{}/`, "perl would read", ""},
		{`perl|-e|1|-e|{}`, "perl would read", ""},
		{`perl|-MData::Dumper|-e|print '{}'`, "perl would read", ""},
		{`perl -MData::Dumper -e "print '{}'"`, "perl would read", ""},
		{`perl|-eprint '{}'`, "perl would read", ""},
		{`perl|-Z|-e|{}`, "perl would read", ""},
		{`python3|-Wonce|-c|print('{}')`, "python3 would read", ""},
		{`python3|-Xtracemalloc|-c|print('{}')`, "python3 would read", ""},
		{`python3|-W|-c|print('{}')`, "python3 would read", ""},
		{`node|--require|fs|-e|console.log('{}')`, "node would read", ""},
		{`node|-pe|{}`, "node would read", ""},
		{`node|--ev={}`, "node would read", ""},
		{`php|--run|{}`, "php would read", ""},
		{`fish|--command=echo {}`, "fish would read", ""},
		{`bash|--rcfile|x|-c|{}`, "bash would read", ""},
		{`bash|--strange|x|-c|{}`, "bash would read", ""},
		{`su|--command=echo {}|root`, "su would read", ""},
		{`su|--comm=echo {}|root`, "su would read", ""},
		{`script|-e|-c|echo {}`, "script would read", ""},
		{`flock|-s|lock|-c|echo {}`, "flock would read", ""},
		{`awk|--source=BEGIN{print "{}"}`, "awk would read", ""},
		{`awk|--source|BEGIN{print "{}"}`, "awk would read", ""},
		{`gawk|-f|lib|-e|BEGIN{print "{}"}`, "gawk would read", ""},
		{`gawk|--strange|x|BEGIN{print "{}"}`, "gawk would read", ""},
		{`ssh|-o|ProxyCommand=nc {} 22|host|true`, "behind ssh", ""},
		{`ssh|-oProxyCommand=nc {} 22|host|true`, "behind ssh", ""},
		{`su|bob|-c|ls {}`, "su would read", ""},
		{`node|--eval|{}`, "node would read", ""},
		{`awk|-F:|/{}/ {print}|file`, "awk would read", "-v"},
		{`awk|-v|x=1`, "awk would read", "-v"},
		{`flock|lock|-c|rm {}`, "flock would read", ""},
		{`script|-qc|rm {}`, "script would read", ""},
		{`watch|ls`, "behind watch", ""},
		{`parallel|echo {}`, "behind parallel", ":::"},
		{`skein|run|echo {}`, "behind skein", ":::"},
		{`[ -v {} ] && p`, "[ -v would read", ""},
		{"a[{}]=1; p", "bash would read", "fixed name"},
		{"a[{}]=1 p", "bash would read", "fixed name"},
		{"((p {}))", "inside ((...))", "( ("},
		{"p $\\\n{}", "behind a $", "leave out"},
		{`sed|s/NAME/{}/|file`, "sed would read", "awk -v"},
		{`sed|-e|p|-e|s/a/{}/|file`, "sed would read", ""},
		{`sed|-ne|s/a/{}/|file`, "sed would read", ""},
		{`sed|-nes/a/{}/|file`, "sed would read", ""},
		{`sed|-i.e|s/a/{}/|file`, "sed would read", ""},
		{`sed|-l|3|s/a/{}/`, "sed would read", ""},
		{`sed|--expression=s/a/{}/`, "sed would read", ""},
		{`sed|--expr|s/a/{}/`, "sed would read", ""},
		{`sed|-i||s/a/{}/|file`, "sed would read", ""},
		{`sed -n "/{}/p" x; p`, "sed would read", ""},
		{`find|.|-exec|sed|s/a/{}/|x|;`, "sed would read", ""},
		{`python3.11|-c|print("{}")`, "python3.11 would read", ""},
		{`ksh93|-c|echo {}`, "ksh93 would read", ""},
		{`perl5.36.0|-e|print "{}"`, "perl5.36.0 would read", ""},
		{`php8.2|-r|{}`, "php8.2 would read", ""},
		{`ruby3.1|-e|{}`, "ruby3.1 would read", ""},
		{`lua5.4|-e|{}`, "lua5.4 would read", ""},
		{`bash5|-c|{}`, "bash5 would read", ""},
		{`ipython|-c|{}`, "ipython would read", ""},
		{`$SHELL -c "echo {}"; p`, "$SHELL would read", "sh -c"},
		{`"${SHELL:-sh}" -c {}; p`, "would read", ""},
		{`$X -euc "echo {}"; p`, "$X would read", ""},
		{`env $X -c "echo {}"; p`, "$X would read", ""},
		{`strace|-f|ssh|host|ls {}`, "behind ssh", ""},
		{`proxychains4|ssh|host|ls {}`, "behind ssh", ""},
		{`timeout|5|ssh|host|ls {}`, "behind ssh", ""},
		{`autossh|-M|0|host|ls {}`, "behind autossh", ""},
		{`env|-S|sh {}`, "env -S would read", ""},
		{`env|-vSsh {}`, "env -S would read", ""},
		{`env|--split-string=sh {}`, "env -S would read", ""},
		{`adb|shell|ls {}`, "behind adb", ""},
		{`pdsh|-w|a|ls {}`, "behind pdsh", ""},
		{`gcloud|compute|ssh|x|--command=ls {}`, "gcloud would read", ""},
		{`vagrant|ssh|-c|ls {}`, "vagrant would read", ""},
		{`hyperfine|sleep {}`, "behind hyperfine", ""},
		{`tmux|new|-d|p {}`, "behind tmux", ""},
		{`nix-shell|--run|p {}`, "nix-shell would read", ""},
		{`rsync|-e|ssh -p {}|a|b:c`, "rsync would read", ""},
		{`git|rebase|--exec|make {}`, "git would read", ""},
		{`git|rebase|-x|make {}`, "behind git", ""},
		{`vim|-c|e {}`, "vim would read", ""},
		{`vim|+{}|x`, "vim would read", ""},
		{`emacs|--batch|--eval|(f "{}")`, "emacs would read", ""},
		{`Rscript|-e|{}`, "Rscript would read", ""},
		{`julia|-e|{}`, "julia would read", ""},
		{`osascript|-e|say "{}"`, "osascript would read", ""},
		{`pwsh|-c|echo|{}`, "pwsh would read", ""},
		{`sh|-c|{q}`, "sh would read", ""},
		{`sh|-c|x=1 {q} a`, "sh would read", ""},
		{`ssh|host|{q}`, "behind ssh", ""},
		{`eval {q}; p`, "eval would read", ""},
		{`sh|-c|exec {q}`, "sh would read", ""},
		{`echo $[{}+1]; p`, "inside $[...]", "expr"},
		{`echo "$[{}+1]"; p`, "inside $[...]", ""},
		{`[[ -n x && {} -gt 3 ]]; p`, "[[", ""},
		{`[[ -n x || x == {} ]]; p`, "inside [[...]]", "[ ... ]"},
		{`test -v x -o -v {}; p`, "test -v would read", ""},
		{`[ a = b -o -v {} ]; p`, "[ -v would read", ""},
		{`printf -v{} x; p`, "printf -v would read", ""},
		{`printf -v {} x; p`, "printf -v would read", ""},
		{`declare -i x; x={}`, "behind declare", "-i"},
		{`typeset -ir x={}; p`, "typeset", ""},
		{`f() { local -i x; x={}; }; f`, "behind local", ""},
		{`declare -n x={}; p`, "declare", ""},
		{`PS4={}; set -x; p`, "PS4", "another name"},
		{`ENV={} sh -i`, "ENV", ""},
		{`export BASH_ENV={}; p`, "BASH_ENV", ""},
		{`wait -n -p {}; p`, "wait -p would read", ""},
		{`compgen -W {} x; p`, "compgen would read", ""},
		{`complete -C {} x; p`, "complete would read", ""},
		{`bash|-c|echo $[{q}+1]`, "bash would read", ""},
		{`bash|-c|[[ -n x && {q} -gt 3 ]]`, "bash would read", ""},
		{`bash|-c|declare -i x; x={q}`, "bash would read", ""},
		{`bash|-c|printf -v{q} x`, "bash would read", ""},
		{`bash|-c|test -v x -o -v {q}`, "bash would read", ""},
		{`ksh|-c|[ {q} -gt 3 ]`, "ksh would read", ""},
		{`ksh|-c|printf %d {q}`, "ksh would read", ""},
		{`zsh|-c|exit {q}`, "zsh would read", ""},
		{"p $\\\n'{}'", "$'...'", "leave out"},
	}
	for _, r := range rows {
		t.Run(r.words, func(t *testing.T) {
			words := []string{r.words}
			if !strings.Contains(r.words, " | ") && !strings.Contains(r.words, "|  ") && !strings.Contains(r.words, " || ") {
				words = strings.Split(r.words, "|")
			}
			_, err := command.Parse(words, command.Options{Mode: command.Auto})
			var e *usage.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want a usage error", err)
			}
			if !strings.Contains(e.What, r.what) || !strings.Contains(e.Hint, r.hint) || e.Hint == "" {
				t.Errorf("got %q, hint %q", e.What, e.Hint)
			}
			t.Log(e.What, "--", e.Hint)
		})
	}
}

func TestNotRefused(t *testing.T) {
	for _, words := range []string{
		`sh|-c|echo "$1"|sh|{}`, `bash|{}`, `bash|-x|script|{}`, `bash|script|-c|{}`, `bash|-c|f "$@"|_`,
		`ssh|{}|uptime`, `ssh|-p|22|-l|bob|{}|uptime`, `ssh|--|{}|uptime`, `rsync|-e|ssh|{}|host:{}`,
		`python3|script.py|-c|{}`, `perl|-ne|print|{}`, `perl|-i.bak|-pe|s/a/b/`, `grep|-c|bash`, `grep|ssh|file`,
		`sed|-n|-e|p|{}`, `sed|s/a/b/|{}`, `sed|-i.bak|-E|s/a/b/|{}`, `sed|-f|x|{}`, `sed|-l|3|p|{}`, `sed|-i||s/a/b/|{}`,
		`$CC -c {} -o {.}.o`, `$x {}; p`, `git clean -x {}; p`, `vim -c q {}; p`, `tar -cf {}.tar {}; p`, `grep '[[:space:]]*{}' x; p`, `[[ -e x ]] && p {}`, `find . -name {} -exec sed p {} +; p`, `test -e {} && p`, `printf '%s' -v {}; p`, `ksh|-c|printf %s {q}`, `zsh|-c|[ -e {q} ]`,
		`awk|{print $1}`, `find|{}|-exec|sh|-c|echo "$1"|_|;|;`, `su|{}|-c|id`,
		`x={}; sh -c 'p "$1"' sh "$x"`, `x={}; ssh "$x" uptime`, `x={q}; sh -c "p $x"`, `for x in {}; do p "$x"; done`, `set -- {}; p "$@"`, `x={}; ls $y | sh`, `x={#}; sh -c "p $x"`,
		`x={}; sh -c "p ${#x} $y"`, `n={}; awk -v n="$n" 1`, `p {} | while read x; do q "$x"; done`, "cat <<X\n$x\nX\nx={}", `x={} perl -pe 's/a/$ENV{x}/'`,
		`n=$(wc -l <{}); p $((n/2))`, `x={}; p $(( $(wc -l <"$x") / 2 ))`, `wc -l {} | { read n x; p $((n+1)); }`, `set -- {}; p $(($#+1))`, `echo {} | while read x y; do p $((z+1)); done`, `cd {}; p "$PWD"`, `mkdir {} && cd "$_"`, `cd /; sh -c "p $PWD"`, `cd {}; sh -c 'p "$PWD"'`, `x={}; p $((n+${#x}))`, `git switch -c {}`, `git -C {} commit -c HEAD`, `make -C {} x`, `n={}; p $((m+1)) $n`,
		"x={}; p $x", "case {} in a) p;; esac", "f() { p \"$1\"; }; f {}", "export x={}; p", "p \\\n {}",
		"p {} && q {} || r; (s {})", `awk|-v|x={}|1`, `awk|-f|{}`, `gawk|--assign=x={}|1`, `gawk|-f|lib|{}`,
		`python3|-c|import sys|{}`, `perl|-lane|print|{}`, `perl|-Ilib|-MList::Util=max|-e|1|{}`, `node|-e|1|{}`, `python3|-m|http.server|{}`,
		`ruby|-rjson|-e|1|{}`, `php|-r|1;|{}`, `bash|--norc|-c|f "$@"|_|{}`, `su|-l|bob|-c|id`, `awk|{print}|{}`, `awk|{print}`,
		`parallel|echo|:::|{}`, `skein|run|echo|:::`, `[ -e {} ] && p`, "printf '%s' -v {} | p", `flock|{}|p`, "while p {}; do q; done", "if p {}; then q; fi", "p\nq {}\n", "! p {}",
		`sh|-c|echo {q}`, `bash|-euc|cd /; echo a{q} "x"|x`, `ssh|host|ls|{q}`, `ssh|host|ls {q}`, `sudo|ssh|-p|22|host|ls {q}`, `eval "x={q}; p"`, `x=1; eval p {q}`, `sh -c "echo {q}" "$x"`,
		"cat <<X\n{}\nX\n", "cat >x.sh <<X\n{}\nX\n", "sh x; cat <<X\n{}\nX\n", "cat <<X | grep a | sort >o\nsh {}\nX\n",
		`p {} | ssh host xargs -0 q`, `p {} | ssh host 'cat >x'`, `cat {} | python3 -m json.tool`, `p {} | perl -ne print`, `p {} | sh x`, `p {} | grep bash`,
		`p {} | xargs -0 grep sh`, `p {} | xargs -0 perl -pi -e s/a/b/`, `p {} | sh -c 'cat >x'`, `p {} | sudo tee x`, `sh x | p {}`, `p {} | parallel gzip`, `p {} | make -C x`,
	} {
		parts := []string{words}
		if !strings.Contains(words, " ||") && !strings.Contains(words, " | ") {
			parts = strings.Split(words, "|")
		}
		if _, err := command.Parse(parts, command.Options{Mode: command.Auto}); err != nil {
			t.Errorf("%q: %v", parts, err)
		}
	}
}

func TestTasks(t *testing.T) {
	rows := []struct {
		says string
		line string
		want []string // nil: the shell gets the line
	}{
		{"quotes and backslashes", `p -x 'a b' "c\"" d\ e`, []string{"p", "-x", "a b", `c"`, "d e"}},
		{"a comment behind it", `p x # y`, []string{"p", "x"}},
		{"a path", `./p`, []string{"./p"}},
		{"a pipe", `p | q`, nil},
		{"a builtin", `cd x`, nil},
		{"a variable", `p $x`, nil},
		{"a variable before it", `x=1 p`, nil},
		{"a target", `p >x`, nil},
		{"two commands", "p; q", nil},
		{"two lines", "p\nq", nil},
		{"background", "p &", nil},
		{"negation", "! p", nil},
		{"an empty command word", "'' p", nil},
		{"a carriage return", "p \r", nil},
		{"no shell line at all", "p (", nil},
		{"bytes that are not UTF-8", "p \xff\xc3", []string{"p", "\xff\xc3"}},
		{"a reserved word in quotes is a program", "'if' x", nil},
	}
	work, err := command.Tasks("")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		t.Run(r.says, func(t *testing.T) {
			c, err := work(task.Spec{Seq: 1, Input: r.line}, 1)
			if err != nil {
				t.Fatal(err)
			}
			want := r.want
			if want == nil {
				want = []string{"/bin/sh", "-c", r.line}
			}
			if !slices.Equal(c.Argv, want) {
				t.Errorf("got %q, want %q", c.Argv, want)
			}
		})
	}
}

func TestNames(t *testing.T) {
	rows := []struct {
		says  string
		name  string
		input string
		want  string
	}{
		{"no name is the line", "", "a b", "p 'a b'"},
		{"placeholders are filled in", "W {#}/{%} {/.}", "x/y.z", "W 7/3 y"},
		{"its placeholders do not stop the input from being appended", "{}", "i", "i"},
		{"control characters cannot reach a terminal", "{}", "a\nb\x1b[2J\u0085", `a\nb\x1b[2J\u0085`},
		{"nor can bytes that are not UTF-8", "{}", "é\xff\t", `é\xff\t`},
		{"a long name is cut between characters", "{}", strings.Repeat("é", 1000), strings.Repeat("é", 200) + "..."},
		{"not within one", "{}", "x" + strings.Repeat("é", 1000), "x" + strings.Repeat("é", 199) + "..."},
	}
	for _, r := range rows {
		t.Run(r.says, func(t *testing.T) {
			tmpl, err := command.Parse([]string{"p"}, command.Options{Name: r.name})
			if err != nil {
				t.Fatal(err)
			}
			c, err := tmpl.Work(task.Spec{Seq: 7, Input: r.input}, 3)
			if err != nil || c.Name != r.want || len(c.Argv) != 2 {
				t.Errorf("got %q, %q, %v, want %q", c.Name, c.Argv, err, r.want)
			}
		})
	}
}

func TestInputsThatCannotBe(t *testing.T) {
	tmpl, err := command.Parse([]string{"p"}, command.Options{Name: "task {#}"})
	if err != nil {
		t.Fatal(err)
	}
	for _, input := range []string{"a\x00b", strings.Repeat("x", task.LongestInput+1)} {
		c, err := tmpl.Work(task.Spec{Seq: 7, Input: input}, 1)
		if err == nil || c.Name != "task 7" {
			t.Errorf("%.10q: got name %q, error %v", input, c.Name, err)
		}
	}
	if _, err := tmpl.Work(task.Spec{Seq: 7, Input: strings.Repeat("x", task.LongestInput)}, 1); err != nil {
		t.Errorf("the longest input: %v", err)
	}
}

func TestFixed(t *testing.T) {
	for line, want := range map[string]bool{"p {}": true, "{} x": false, "p {} | q": true, "./{}": false} {
		tmpl, err := command.Parse(strings.Fields(line), command.Options{Mode: command.Auto})
		if err != nil {
			t.Fatal(err)
		}
		if got := tmpl.Fixed(); got != want {
			t.Errorf("%s: got %v", line, got)
		}
	}
}

func TestExportedFunctions(t *testing.T) {
	t.Setenv("BASH_FUNC_f%%", "() { :; }")
	if got, want := try(t, "a  b", command.Auto, "f", "-x").Argv, []string{"bash", "-c", `f "$@"`, "f", "-x", "a  b"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestExportedFunctionsInLines(t *testing.T) {
	t.Setenv("BASH_FUNC_f%%", "() { :; }")
	for _, line := range []string{"f {} | p", "p | f", "f {}", "if f {}; then p; fi"} {
		c := try(t, "it's", command.Auto, line)
		if c.Argv[0] != "bash" || !strings.HasPrefix(c.Line, "bash -c ") {
			t.Errorf("%s: got %q, %s", line, c.Argv, c.Line)
		}
	}
	if c := try(t, "x", command.Auto, "p f {} | q"); c.Argv[0] != "/bin/sh" {
		t.Errorf("a word that is no command: got %q", c.Argv)
	}
	work, err := command.Tasks("")
	if err != nil {
		t.Fatal(err)
	}
	if c, err := work(task.Spec{Input: "f x"}, 1); err != nil || c.Argv[0] != "bash" {
		t.Errorf("a task: got %q, %v", c.Argv, err)
	}
}

func BenchmarkWork(b *testing.B) {
	for _, words := range [][]string{{"gzip", "-9"}, {"convert", "{}", "thumbs/{/.}.png"}, {`zcat {} | sort > "{.}.out"`}} {
		b.Run("command="+words[0][:4], func(b *testing.B) {
			tmpl, err := command.Parse(words, command.Options{Mode: command.Auto})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := tmpl.Work(task.Spec{Seq: 7, Input: "dir/some file.jpg"}, 3); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkTasks(b *testing.B) {
	work, err := command.Tasks("")
	if err != nil {
		b.Fatal(err)
	}
	for _, line := range []string{"gzip -9 dir/file", "zcat a | sort >b"} {
		b.Run("line="+line[:4], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := work(task.Spec{Seq: 7, Input: line}, 3); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

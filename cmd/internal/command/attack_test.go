package command_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"example.com/skein/cmd/internal/command"
	"example.com/skein/cmd/internal/task"
)

// attacks are commands in which bash, sh or a program would run an input, if it
// got there. Each is refused, or harmless.
var attacks = [][]string{
	{": $[{}+1]"}, {`: "$[1+{}]"`}, {"[[ -n x && {} -gt 3 ]]"}, {"! [[ {} -eq 1 ]]"}, {"test -v x -o -v {}"}, {"[ a = b -o -v {} ]"},
	{"printf -v{} x"}, {"declare -i x={}"}, {"typeset -i x; x={}; :"}, {"f() { local -i x; x={}; }; f"}, {"declare -n x={}; : $x"},
	{"sleep 0 & wait -n -p {}"}, {"compgen -W {} x"}, {"complete -C {} x; :"}, {"let x={}"}, {"export {}=1"}, {"export {}"}, {"readonly {}"},
	{"unset {}"}, {"read {} </etc/passwd"}, {"getopts {} x"}, {"a[{}]=1"}, {"trap -- {} EXIT"}, {"mapfile -C {} -c 1 x </etc/passwd"},
	{"echo {} | sh"}, {"cat <<X | sh\n{}\nX"}, {"{ sh; } <<X\n{}\nX"}, {"bash -euo pipefail <<X\n{}\nX"}, {". /dev/stdin <<X\n{}\nX"},
	{"env -i bash -o errexit <<X\n{}\nX"}, {"f() { sh; }; echo {} | f"}, {"$0 -c 'echo {}'"}, {"${SHELL:-sh} -c {}; :"},
	{"echo x | sed 's/x/{}/'"}, {"sed", "s/x/{}/", "/dev/null"}, {"awk", "BEGIN { x = \"{}\" }"},
	{"bash", "-c", ": $[{q}+1]"}, {"bash", "-c", "[[ -n x && {q} -gt 3 ]]"}, {"bash", "-c", "declare -i x; x={q}"}, {"bash", "-c", "printf -v{q} x"},
	{"bash", "-c", ": <(echo {q})"}, {"bash", "-c", "cat <<<{q}"}, {"bash", "-c", "((x={q}))"}, {"sh", "-c", "{q}"}, {"sh", "-c", "eval echo {q}"},
	{"env", "-S", "sh -c 'echo {}'"}, {"sh", "-c", "bash -s <<X\necho {q}\nX"}, {"find", "/dev/null", "-exec", "sh", "-c", "echo {}", ";"},
	{"echo x | xargs -I% sh -c 'echo % {}'"}, {"echo {} | xargs -I% sh -c 'echo %'"},
	{`x={}; sh -c "echo $x"`}, {`x={}; y=a${x}b; eval "$y"`}, {`for x in {}; do eval "$x"; done`}, {`set -- {}; sh -c "$1"`}, {`set -- {}; for x; do eval "$x"; done`},
	{`printf '%s\n' {} | while read -r x; do eval "$x"; done`}, {"read -r x <<X\n{}\nX\neval \"$x\""}, {"x={}; sh <<X\necho $x\nX"}, {`x={}; echo "$x" | sh`},
	{`x={}; PS4=$x; set -x; :`}, {`f() { eval "$x"; }; x={}; f`}, {`x=$(echo {}); sh -c "echo $x"`},
	{`n={}; echo $((n*2))`}, {`n={}; m=1$n; : "$(( $m ))"`}, {`for n in {}; do echo $(($n+1)); done`}, {`n={}; let "m=n"`}, {`n={}; builtin let "m=n"`}, {`n={}; echo $(( ${n} ))`},
	{`n={}; a[$n]=1`}, {`set -- {}; echo $(($1+1))`}, {`set -- x {}; for n; do echo $((n)); done`}, {"read -r n <<X\n{}\nX\necho $((n+1))"},
	{`echo {} | while read -r n; do echo $((n+1)); done`}, {`n={}; printf '%s\n' "$n" | { read -r m; : $((m)); }`}, {"command read -r x <<X\n{}\nX\neval \"$x\""},
	{`mkdir {}; cd {} && cd .. && sh -c "echo $OLDPWD"`}, {`mkdir {}; cd {} && sh -c "cd ..; echo $(pwd)"`}, {`echo {} | while read -r; do eval "$REPLY"; done`}, {`: {}; eval "echo $_"`}, {`printf -v y %s {}; eval "$y"`},
	{"git", "-c", "alias.x={}", "x"}, {"git", "-c", "alias.x=!{}", "x"}, {"make", "--eval", "$(shell {})"}, {"make", "--eval={}"}, {"make", "-E{}"},
}

// TestAttacks lets bash, and sh, run what is not refused.
func TestAttacks(t *testing.T) {
	evil := append([]string{"a[$(touch INJECTED)]", "x/e;etouch INJECTED\n", "x/;1e touch INJECTED\n#", "touch\tINJECTED", "\ntouch INJECTED\n", `"; system("touch INJECTED"); "`}, nasty...)
	for _, words := range attacks {
		tmpl, err := command.Parse(words, command.Options{})
		if err != nil {
			continue
		}
		for _, input := range evil {
			c, err := tmpl.Work(task.Spec{Seq: 1, Input: input}, 1)
			if err != nil {
				continue
			}
			for _, argv := range [][]string{c.Argv, {"bash", "-c", c.Line}, {"sh", "-c", c.Line}} {
				dir := t.TempDir()
				cmd := exec.Command(argv[0], argv[1:]...)
				cmd.Dir = dir
				_ = cmd.Run() // that it fails does not matter
				if _, err := os.Lstat(filepath.Join(dir, "INJECTED")); err == nil {
					t.Errorf("%q with %q: injected", words, input)
				}
			}
		}
	}
}

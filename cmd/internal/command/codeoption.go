package command

import (
	"slices"
	"strings"
)

// codeOptions are options before code, or before a command for a shell, of
// programs that are no interpreters in the first place, or whose other options
// we do not know.
var codeOptions = map[string][]string{
	"rsync":       {"-e", "--rsh", "--rsync-path"},
	"git":         {"--exec", "--upload-pack", "--receive-pack", "--config-env"},
	"make":        {"-E", "--eval"},
	"tar":         {"-I", "--use-compress-program", "--to-command", "--checkpoint-action", "--rsh-command", "-F", "--info-script", "--new-volume-script"},
	"vim":         vims,
	"vi":          vims,
	"nvim":        vims,
	"gvim":        vims,
	"view":        vims,
	"ex":          vims,
	"emacs":       {"--eval", "-eval", "--execute", "-execute"},
	"emacsclient": {"-e", "--eval"},
	"R":           {"-e"},
	"Rscript":     {"-e"},
	"julia":       {"-e", "-E", "--eval", "--print"},
	"osascript":   {"-e"},
	"pwsh":        pwshs,
	"powershell":  pwshs,
	"nix-shell":   {"--run", "--command"},
	"vagrant":     {"-c", "--command"},
	"gcloud":      {"--command"},
	"ncat":        {"-c", "-e", "--sh-exec", "--exec"},
	"gdb":         {"-ex", "-iex", "--eval-command", "-eval-command", "--init-eval-command"},
	"expect":      {"-c"},
	"groovy":      {"-e"},
	"scala":       {"-e"},
	"elixir":      {"-e", "--eval"},
	"octave":      {"--eval"},
	"ghc":         {"-e"},
}

var (
	vims  = []string{"-c", "--cmd", "+", "-S"}
	pwshs = []string{"-c", "-Command", "-command", "-EncodedCommand", "-e"}
)

// optionCode gives the words which hold the value of one of the options.
func optionCode(options []string, args []word) (code []word) {
	for i, a := range args {
		for _, o := range options {
			if !strings.HasPrefix(a.text, o) {
				continue
			}
			code = append(code, a)
			if a.text == o {
				code = append(code, args[i+1:min(len(args), i+2)]...)
			}
			if slices.Contains(pwshs, o) && len(options) == len(pwshs) && options[1] == pwshs[1] {
				code = append(code, args[i:]...) // all that follows is code
			}
		}
	}
	return code
}

// sshs run what follows the host in a shell there.
var sshs = set("autossh mosh ssh slogin")

// farShell says that a placeholder stands in a line for a shell elsewhere, or in
// one that a subcommand runs.
func farShell(name string, args []word) bool {
	switch name {
	case "adb":
		return anyHole(behind(args, "shell")) && !isQuoted(behind(args, "shell"))
	case "git":
		return anyHole(gitConfig(args)) || anyHole(optionCode([]string{"-x"}, behind(args, "rebase"))) || anyHole(behind(args, "foreach")) || namesWord(args, "bisect") && anyHole(behind(args, "run"))
	case "pdsh", "clush", "pssh", "dsh":
		return anyHole(args)
	}
	return false
}

// gitConfig gives what stands behind each -c before the subcommand: it may be the
// name of a program.
func gitConfig(args []word) (code []word) {
	for i := 0; i < len(args) && strings.HasPrefix(args[i].text, "-"); i++ {
		switch args[i].text {
		case "-c":
			code = append(code, args[min(len(args), i+1):min(len(args), i+2)]...)
			i++
		case "-C", "--git-dir", "--work-tree", "--namespace":
			i++
		}
	}
	return code
}

// behind gives the words that follow one.
func behind(words []word, text string) []word {
	return words[min(len(words), len(before(words, text))+1):]
}

// script gives the words that sed takes for a script, or may take.
func script(args []word) (code []word) {
	given, options := false, true
	var first []word
	for i := 0; i < len(args); i++ {
		a := args[i].text
		next := args[min(len(args), i+1):min(len(args), i+2)]
		switch {
		case a == "--":
			options = false
		case !options || len(a) < 2 || a[0] != '-':
			if len(first) == 0 || first[len(first)-1].text == "" {
				first = append(first, args[i]) // behind -i may stand an empty word
			}
		case strings.HasPrefix(a, "--"):
			isCode := strings.HasPrefix(a, "--e")
			given = given || isCode || strings.HasPrefix(a, "--fi")
			if isCode {
				code = append(append(code, args[i]), next...)
			}
			if !strings.Contains(a, "=") && (isCode || strings.HasPrefix(a, "--fi") || strings.HasPrefix(a, "--l")) {
				i++
			}
		default:
			n := strings.IndexAny(a[1:], "eflI") + 1
			if n > 0 && strings.IndexByte(a[1:n+1], 'i') >= 0 {
				n = 0 // the rest is the suffix of -i
			}
			if n == 0 || a[n] == 'I' {
				continue
			}
			given = given || a[n] != 'l'
			if a[n] == 'e' {
				code = append(code, args[i])
			}
			if n == len(a)-1 {
				if i++; a[n] == 'e' {
					code = append(code, next...)
				}
			}
		}
	}
	if !given {
		code = append(code, first...)
	}
	return code
}

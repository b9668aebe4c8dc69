package command

// codeVariables are variables whose values shells and others execute.
var codeVariables = set(`BASH_ENV EDITOR ENV GIT_SSH_COMMAND LESSOPEN LD_PRELOAD PAGER
	PERL5OPT PROMPT_COMMAND PS0 PS1 PS2 PS4 PYTHONSTARTUP RSYNC_RSH VISUAL`)

const typedHint = "declare no variable that calculates or stands for another: leave out -i and -n"

// typed names a command that makes a variable whose values are evaluated: that
// of an input a[$(command)] would be code, wherever it is assigned.
func typed(words []word) string {
	for i, w := range words {
		switch w.text {
		case "declare", "typeset", "local", "readonly", "export":
			if hasOption(words[i+1:], "inEF") {
				return w.text
			}
		case "integer", "float", "nameref":
			if i == 0 {
				return w.text
			}
		}
		if w.text != "command" && w.text != "builtin" {
			break
		}
	}
	return ""
}

#compdef skein
_skein() {
	local kind from to what prefix line word said
	local -a answer plain described expl
	answer=("${(@f)$(command skein completion reply "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
	IFS=$'\t' read -r kind from to what prefix <<<"$answer[1]"
	for line in "${(@)answer[2,-1]}"; do
		word=${line%%$'\t'*}
		said=${line#*$'\t'}
		plain+=("$word")
		described+=("${word//:/\\:}${said:+:$said}")
	done
	compset -p $#prefix
	case $kind in
	words)
		if ((! $#plain)); then
			_message -e values "$what"
		elif [[ $what == RUN ]]; then
			_describe -V -t runs run described
		elif [[ $what == flag ]]; then
			_describe -o flag described
		else
			_describe -t values "$what" described
		fi ;;
	files)
		(($#plain)) && _wanted values expl "$what" compadd -a plain
		_files ;;
	dirs) _files -/ ;;
	programs) _command_names -e ;;
	command)
		# COMMAND is a line of its own, with this word as the last one.
		words=("${(@)words[from + 1, to]}" "$words[CURRENT]")
		CURRENT=$#words
		_normal -p skein ;;
	esac
}
# From a file in the fpath this is the function's own first call.
if [[ $funcstack[1] == _skein ]]; then
	_skein "$@"
else
	compdef _skein skein
fi

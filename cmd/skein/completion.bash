_skein() {
	local rest=${COMP_LINE:0:COMP_POINT} word cur kind from to what prefix i
	local -a words=() at=()

	# bash cuts words at = and : too, which is undone. The last one ends at the
	# cursor.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $i == 0 || $rest == [[:space:]]* ]]; then
			at+=("$i")
			words+=("")
			rest=${rest#"${rest%%[![:space:]]*}"}
		fi
		((i == COMP_CWORD)) && word=$rest
		words[${#words[@]} - 1]+=$word
		rest=${rest#"$word"}
	done
	cur=${words[${#words[@]} - 1]}

	COMPREPLY=()
	{
		IFS=$'\t' read -r kind from to what prefix
		cur=${cur#"$prefix"}
		case $kind in
		words) _skein_words ;;
		files) _skein_words && { compopt -o filenames && _skein_matching -f; } 2>/dev/null ;;
		dirs) compopt +o bashdefault +o default -o dirnames 2>/dev/null ;;
		programs) compopt -o filenames 2>/dev/null; _skein_matching -c ;;
		command) _skein_command ;;
		esac
	} < <(command skein completion reply "${words[@]:1}" 2>/dev/null)
}

# _skein_matching OPTION adds what compgen gives for the word.
_skein_matching() {
	while IFS= read -r word; do
		COMPREPLY+=("$word")
	done < <(compgen "$@" -- "$cur")
}

# _skein_words reads words and adds those that match, with their descriptions if
# there are several and they are listed. It fails if there is none.
_skein_words() {
	local -a described=()
	local keep=$prefix width=0
	# What is before the last = is no part of the word for bash.
	[[ $COMP_WORDBREAKS == *=* ]] && keep=${prefix##*=}
	while IFS=$'\t' read -r word what; do
		[[ $word == "$cur"* ]] || continue
		COMPREPLY+=("$keep$word")
		described+=("$what")
		((${#word} > width)) && width=${#word}
	done
	if [[ $kind == words ]]; then
		compopt +o bashdefault +o default -o nosort 2>/dev/null
		if [[ ${#COMPREPLY[@]} -gt 1 && ( $COMP_TYPE == 63 || $COMP_TYPE == 33 || $COMP_TYPE == 64 ) ]]; then
			for i in "${!COMPREPLY[@]}"; do
				[[ ${described[i]} ]] || continue
				printf -v word "%-${width}s  (%s)" "${COMPREPLY[i]}" "${described[i]}"
				COMPREPLY[i]=${word:0:${COLUMNS:-80} - 1}
			done
		fi
	fi
	((${#COMPREPLY[@]} > 0))
}

# _skein_command completes the word as an argument of COMMAND. If nothing knows
# how, it is a file.
_skein_command() {
	local function spec first=${at[from]} last=${at[${#at[@]} - 1]}
	local -a split=("${COMP_WORDS[@]:first:at[to] - first}" "${COMP_WORDS[@]:last:COMP_CWORD - last + 1}")
	local IFS=$' \t\n'
	local line="${words[*]:from:to - from} ${words[${#words[@]} - 1]}"
	local -a COMP_WORDS=("${split[@]}")
	local COMP_CWORD=$((${#split[@]} - 1)) COMP_LINE=$line COMP_POINT=${#line}
	for function in _comp_command_offset _command_offset; do
		if declare -F "$function" >/dev/null; then
			"$function" 0
			return
		fi
	done
	spec=$(complete -p -- "${split[0]##*/}" 2>/dev/null) || return
	function=${spec#* -F }
	function=${function%% *}
	if [[ $spec == *' -F '* ]]; then
		while [[ $spec =~ ' -o '([a-z]+)(.*) ]]; do
			compopt -o "${BASH_REMATCH[1]}" 2>/dev/null
			spec=${BASH_REMATCH[2]}
		done
		"$function" "${split[0]}" "${split[COMP_CWORD]}" "${split[COMP_CWORD - 1]}"
	else
		spec=${spec#complete }
		cur=${split[COMP_CWORD]}
		eval "_skein_matching ${spec% *}" 2>/dev/null
	fi
}
complete -o bashdefault -o default -F _skein skein

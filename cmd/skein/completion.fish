function __skein_complete
	command -q skein; or return
	set -l words (commandline -opc)
	set -l answer (command skein completion reply $words[2..-1] (commandline -ct) 2>/dev/null)
	set -q answer[1]; or return
	set -l head (string split \t -- $answer[1])
	set -l prefix $head[5]
	set -l cur (string sub -s (math 1 + (string length -- "$prefix")) -- (commandline -ct))
	for line in $answer[2..-1]
		printf '%s%s\n' $prefix $line
	end
	switch $head[1]
		case files
			__skein_prefixed $prefix (complete -C "'' $cur")
		case dirs
			__skein_prefixed $prefix (__fish_complete_directories $cur '')
		case programs
			__fish_complete_command
		case command
			set words $words[(math 1 + $head[2])..$head[3]]
			complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
	end
end
function __skein_prefixed -a prefix
	for line in $argv[2..-1]
		printf '%s%s\n' $prefix $line
	end
end
complete -c skein -f -k -a '(__skein_complete)'

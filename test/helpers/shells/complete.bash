# bash complete.bash SCRIPT LINE...: the candidates for the end of each line, one a line, and `end` after those of each.
source "$1"
shift
for line; do
  # Bash takes = and : for words of their own.
  read -ra COMP_WORDS <<<"$(sed 's/[=:]/ & /g' <<<"$line")"
  [[ $line == *' ' ]] && COMP_WORDS+=('')
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  COMPREPLY=()
  _sockscope
  printf '%s\n' "${COMPREPLY[@]}" end
done

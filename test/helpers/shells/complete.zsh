# zsh -f complete.zsh SCRIPT LINE...: the candidates for the end of each line, one a line, and `end` after those of each.
# Zsh completes on a terminal only.
zmodload zsh/zpty
zpty inner zsh -f -i
send() { zpty -w inner "$1" }
until_line() { local line; while zpty -r inner line; do [[ $line == *$1* ]] && return; print -rn -- "$line"; done }
send 'PS1= PS2= RPS1=; stty -echo'
send 'autoload -Uz compinit && compinit -D -u'
send "source ${(q)1}"
send 'compadd() { local -a found; builtin compadd -O found "$@"; print -rl -- ${found/#/CANDIDATE:}; builtin compadd "$@" }'
send 'complete-then-say() { zle complete-word; BUFFER=; print -r -- "COMPLE""TED" }; zle -N complete-then-say'
send 'bindkey "^I" complete-then-say; print -r -- "REA""DY"'
until_line READY >/dev/null
shift
for line; do
  zpty -w -n inner "$line"$'\t'
  until_line COMPLETED | tr -d '\r' | sed -n 's/.*CANDIDATE://p'
  print end
done

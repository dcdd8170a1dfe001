# fish complete.fish SCRIPT LINE...: the candidates for the end of each line, one a line, and `end` after those of each.
source $argv[1]
for line in $argv[2..]
    complete -C $line | string replace -r '\t.*' ''
    echo end
end

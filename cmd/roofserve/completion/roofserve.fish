# Completion of roofserve for fish: roofserve completion fish > ~/.config/fish/completions/roofserve.fish
function __roofserve_words
    set -l before (commandline -opc)
    set -e before[1]
    roofserve completion words $before (commandline -ct) 2>/dev/null
end
complete -c roofserve -a '(__roofserve_words)'

# Completion of roofserve for fish: roofserve completion fish > ~/.config/fish/completions/roofserve.fish
function __roofserve_words
    set -l before (commandline -opc)
    set -e before[1]
    set -l found (roofserve completion words $before (commandline -ct) 2>/dev/null)
    if test -n "$found[1]"
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c roofserve -f -a '(__roofserve_words)'

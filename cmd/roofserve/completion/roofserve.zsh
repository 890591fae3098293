#compdef roofserve
# Completion of roofserve for zsh: source <(roofserve completion zsh)
_roofserve() {
    local -a found
    found=("${(@f)$(roofserve completion words "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ -z ${found[1]-} ]]; then
        _files
    elif [[ ${found[1]} == *= ]]; then
        compadd -S '' -- "${found[@]}"
    else
        compadd -- "${found[@]}"
    fi
}
compdef _roofserve roofserve

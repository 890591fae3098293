#compdef roofserve
# Completion of roofserve for zsh: source <(roofserve completion zsh), or write it as _roofserve into a folder of fpath
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
if [[ ${funcstack[1]} == _roofserve ]]; then # read from fpath, to complete at once
    _roofserve "$@"
else
    compdef _roofserve roofserve
fi

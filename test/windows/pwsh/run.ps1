# Runs scripts of ours one after the other in PowerShell itself, on a pretended Windows host. Standard input: one JSON
# object with the world, modules to pretend with, and the calls. Says what each printed, and in the end the world.
$ErrorActionPreference = 'Stop'

# Lists that can grow, as the stand-ins have them.
function ConvertTo-World {
    param($Value)
    if ($Value -is [Collections.IDictionary]) {
        $made = @{}
        foreach ($key in @($Value.Keys)) { $made[$key] = ConvertTo-World $Value[$key] }
        return $made
    }
    if ($Value -isnot [Array]) { return $Value }
    $list = [Collections.ArrayList]::new()
    foreach ($item in $Value) { [void]$list.Add((ConvertTo-World $item)) }
    , $list
}

$asked = ConvertFrom-Json -AsHashtable -InputObject ([Console]::In.ReadLine())
$global:World = ConvertTo-World $asked.world
Add-Type -TypeDefinition "using System;$([IO.File]::ReadAllText("$PSScriptRoot/../engine/AccessList.cs"))"
Import-Module -Global "$PSScriptRoot/../stand-ins/Windows.psm1"
# What PowerShell has on every system is its own.
Remove-Item Function:\Start-Process
# But for time: it passes in the world.
function global:Start-Sleep { param([int]$Seconds) $World.clock += $Seconds }
foreach ($call in $asked.calls) {
    $given = @{}
    foreach ($name in @($call.arguments.Keys)) { $given[$name] = $call.arguments[$name] }
    $global:LASTEXITCODE = 0
    $printed = @(& $call.file @given)
    [Console]::Out.WriteLine((ConvertTo-Json -Compress -Depth 9 @{ printed = $printed; exitCode = $LASTEXITCODE }))
}
[Console]::Out.WriteLine((ConvertTo-Json -Compress -Depth 9 @{ world = $World }))

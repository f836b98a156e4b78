<#
.SYNOPSIS
One port proxy from 169.254.170.2:80 to the agent's port 51679, and it listens.

.DESCRIPTION
An entry survives a restart of the host, its listener does not always: it is bound when the entry is made, so it has
to be made after the address. One that leads to 169.254.170.2:51679, as an older ECSTools made it, is as good.
Answers with one JSON object. Exit code 0: it holds; 2: it does not; 3: could not be told; 1: could not be set.
#>
[CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Test')]
param(
    [Parameter(ParameterSetName = 'Test')][switch]$Test,
    [Parameter(ParameterSetName = 'Set', Mandatory)][switch]$Set
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../Taskfence.psm1"

function Find-Proxy {
    $entries = @(Get-CredentialsProxy)
    $right = @($entries | Where-Object { $_.IsRight })
    $wrong = @($entries | Where-Object { -not $_.IsRight } | ForEach-Object {
            "$($_.ListenAddress):$($_.ListenPort) leads to $($_.ConnectAddress):$($_.ConnectPort)"
        })
    if (-not (Test-CredentialsAddress)) {
        $what = if ($right.Count -gt 0) { 'it outlived the address it listens on' } else { 'there is none, nor the address to listen on' }
        return Format-Finding -Fault $what -Hint 'See the setting address, which comes first.'
    }
    if ($wrong.Count -gt 0) { return Format-Finding -Fault ($wrong -join ', ') }
    if ($right.Count -eq 0) { return Format-Finding -Fault "nothing leads from ${CredentialsAddress}:$CredentialsPort to port $AgentPort" }
    if (@(Get-ProxyListener).Count -eq 0) {
        return Format-Finding -Fault "it is there, and does not listen on ${CredentialsAddress}:$CredentialsPort" -Hint 'See the setting proxy-service.'
    }
    Format-Finding -State "${CredentialsAddress}:$CredentialsPort -> $($right[0].ConnectAddress):$($right[0].ConnectPort)"
}

function Get-ProxyListener {
    $service = Get-ServiceProcess -Name iphlpsvc
    Get-Listener -Port $CredentialsPort | Where-Object { $service -ne 0 -and $_.ProcessId -eq $service }
}

function Repair-Proxy {
    if (-not (Test-CredentialsAddress)) { throw "$CredentialsAddress has to be there first" }
    # Also the right one: what was bound to an address that went away stays bound to nothing.
    foreach ($entry in @(Get-CredentialsProxy)) { Remove-CredentialsProxy -Entry $entry -WhatIf:$WhatIfPreference }
    $from = "${CredentialsAddress}:$CredentialsPort"
    if (-not $PSCmdlet.ShouldProcess("portproxy $from", 'add')) { return }
    [void](Invoke-Netsh interface portproxy add v4tov4 "listenaddress=$CredentialsAddress" "listenport=$CredentialsPort" connectaddress=127.0.0.1 "connectport=$AgentPort" protocol=tcp)
    "added the port proxy $from -> 127.0.0.1:$AgentPort"
}

$answer = Resolve-Setting -Name portproxy -Set:$Set -SettleSeconds 10 -Find { Find-Proxy } -Repair { Repair-Proxy }
ConvertTo-Answer $answer
exit (Get-ExitCode $answer -Set:$Set)

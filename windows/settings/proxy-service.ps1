<#
.SYNOPSIS
IP Helper (iphlpsvc), which is the port proxy, runs and starts with the host, and port 80 is free for it.

.DESCRIPTION
While it holds, no task can have port 80 of the host.
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

function Find-Service {
    $service = Get-Service -Name iphlpsvc
    $faults = @()
    if ("$($service.Status)" -ne 'Running') { $faults += "IP Helper (iphlpsvc) is $($service.Status)" }
    if ("$($service.StartType)" -ne 'Automatic') { $faults += "IP Helper (iphlpsvc) starts $($service.StartType), not Automatic" }
    if ($faults.Count -gt 0) { return Format-Finding -Fault ($faults -join ', ') }
    $own = Get-ServiceProcess -Name iphlpsvc
    $others = @(Get-Listener -Port $CredentialsPort | Where-Object { $_.ProcessId -ne $own } | ForEach-Object {
            "$($_.Process) listens on $($_.Address):$CredentialsPort"
        })
    if ($others.Count -gt 0) {
        return Format-Finding -OutOfReach -Fault ($others -join ', ') -Hint "Move it to another port: port $CredentialsPort of the host belongs to the task credentials, and no task can have it either."
    }
    Format-Finding -State "running, port $CredentialsPort is its own and no task's"
}

function Repair-Service {
    $service = Get-Service -Name iphlpsvc
    if ("$($service.StartType)" -ne 'Automatic' -and $PSCmdlet.ShouldProcess('iphlpsvc', 'start with the host')) {
        Set-Service -Name iphlpsvc -StartupType Automatic
        'iphlpsvc starts with the host'
    }
    if ("$($service.Status)" -ne 'Running' -and $PSCmdlet.ShouldProcess('iphlpsvc', 'start')) {
        Start-Service -Name iphlpsvc
        'started iphlpsvc'
    }
}

$answer = Resolve-Setting -Name proxy-service -Set:$Set -Find { Find-Service } -Repair { Repair-Service }
ConvertTo-Answer $answer
exit (Get-ExitCode $answer -Set:$Set)

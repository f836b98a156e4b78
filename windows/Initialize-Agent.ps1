<#
.SYNOPSIS
Sets the host up with AWS's own module ECSTools: Initialize-ECSAgent -EnableTaskIAMRole.

.DESCRIPTION
A port proxy that outlived its address is removed before, as AWS asks after a restart of the host.
Answers with one JSON object, as a setting does. Exit code 0: done; 3: could not be told; 1: not done.

.PARAMETER Cluster
The cluster to register with; the machine variable ECS_CLUSTER when left out.

.PARAMETER TaskEni
awsvpc tasks too, and the metadata service closed to them.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [ValidatePattern('^[A-Za-z0-9_-]{1,255}$')][string]$Cluster,
    [switch]$TaskEni
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/Taskfence.psm1", "$PSScriptRoot/Machine.psm1"

function Find-Module {
    if (@(Get-Module -ListAvailable -Name ECSTools).Count -eq 0) {
        return Format-Finding -OutOfReach -Fault 'the module ECSTools is not on this host' -Hint 'Without it, taskfence apply sets the host up by itself.'
    }
    if ($script:initialized) { return Format-Finding -State 'Initialize-ECSAgent ended well' }
    Format-Finding -Fault 'Initialize-ECSAgent was not called'
}

function Invoke-Module {
    $name = if ($Cluster) { $Cluster } else { Get-MachineVariable -Name ECS_CLUSTER }
    if (-not $name) { throw 'the cluster is not known: name it' }
    $options = @{ Cluster = $name; EnableTaskIAMRole = $true }
    if ($TaskEni) { $options += @{ EnableTaskENI = $true; AwsvpcBlockIMDS = $true } }
    if (-not (Test-CredentialsAddress)) {
        foreach ($entry in @(Get-CredentialsProxy)) { Remove-CredentialsProxy -Entry $entry -WhatIf:$WhatIfPreference }
    }
    if (-not $PSCmdlet.ShouldProcess("cluster $name", 'Initialize-ECSAgent')) { return }
    # Standard output is for the answer: what it tells a person on the way, in whatever stream, goes beside it.
    & {
        Import-Module ECSTools
        Initialize-ECSAgent @options
    } *>&1 | ForEach-Object { [Console]::Error.WriteLine("$_") }
    $script:initialized = $true
    "initialized the agent for the cluster $name"
}

$initialized = $false
$answer = Resolve-Setting -Name initialize -Set -Find { Find-Module } -Repair { Invoke-Module }
ConvertTo-Answer $answer
exit (Get-ExitCode $answer -Set)

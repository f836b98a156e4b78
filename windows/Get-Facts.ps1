<#
.SYNOPSIS
What taskfence asks of a Windows host, in one process: one JSON object. Reads only.

.DESCRIPTION
Standard input: one JSON object. subnet: docker's network "nat" as docker's API told it, or null.
What could not be told is null, and stands in "unknown" with the reason. Each setting answers as with -Test.
#>
[CmdletBinding()]
param()
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/Taskfence.psm1", "$PSScriptRoot/Machine.psm1"

$asked = ConvertFrom-Json -InputObject ([Console]::In.ReadToEnd())
$unknown = [ordered]@{}

# $null where there is nothing or it could not be told: a function that gives nothing would be "{}" in JSON.
function Get-Told {
    param([Parameter(Mandatory)][string]$Fact, [Parameter(Mandatory)][scriptblock]$Read)
    try {
        $found = & $Read
        if ($null -eq $found) { $null } else { $found }
    }
    catch {
        $unknown[$Fact] = $_.Exception.Message
        $null
    }
}

function Get-ToldList {
    param([Parameter(Mandatory)][string]$Fact, [Parameter(Mandatory)][scriptblock]$Read)
    Get-Told $Fact $Read | Where-Object { $null -ne $_ }
}

# What is not there is an error of its own kind, and no reason to fail.
function Find-Thing {
    param([Parameter(Mandatory)][scriptblock]$Read)
    try { & $Read }
    catch { if ("$($_.CategoryInfo.Category)" -ne 'ObjectNotFound') { throw } }
}

function Get-OsFact {
    $os = Get-CimInstance -ClassName Win32_OperatingSystem
    [pscustomobject]@{ name = "$($os.Caption)".Trim(); build = [int]$os.BuildNumber; isServer = [int]$os.ProductType -ne 1 }
}

function Get-ServiceFact {
    param([Parameter(Mandatory)][string]$Name)
    foreach ($service in @(Find-Thing { Get-Service -Name $Name })) {
        [pscustomobject]@{ status = "$($service.Status)"; startType = "$($service.StartType)"; processId = Get-ServiceProcess -Name $Name }
    }
}

# By its name; $null where there is none.
function Get-ServiceFacts {
    $found = [ordered]@{}
    foreach ($name in @('AmazonECS', 'docker', 'iphlpsvc')) {
        $found[$name] = $null
        foreach ($service in @(Get-ServiceFact $name)) { $found[$name] = $service }
    }
    $found
}

# The newest, where there are several.
function Get-EcsTools {
    foreach ($module in @(Get-Module -ListAvailable -Name ECSTools)) { return "$($module.Version)" }
}

function Get-RebootTask {
    foreach ($task in @(Find-Thing { Get-ScheduledTask -ErrorAction Stop -TaskName Initialize-ECSHostReboot })) { "$($task.State)" }
}

# Ports of ours that Windows keeps for itself: the agent cannot listen there.
function Get-ExcludedPort {
    $ranges = @(foreach ($line in (Invoke-Netsh interface ipv4 show excludedportrange protocol=tcp)) {
            if ($line -match '^\s*(\d+)\s+(\d+)\b') { , @([int]$Matches[1], [int]$Matches[2]) }
        })
    foreach ($port in @($CredentialsPort, 51678, $AgentPort)) {
        if (@($ranges | Where-Object { $_[0] -le $port -and $port -le $_[1] }).Count -gt 0) { $port }
    }
}

$variables = @('ECS_ENABLE_TASK_IAM_ROLE', 'ECS_ENABLE_TASK_ENI', 'ECS_AWSVPC_BLOCK_IMDS')

function Get-VariableFact {
    $found = [ordered]@{}
    foreach ($name in @('ECS_CLUSTER') + $variables) { $found[$name] = Get-MachineVariable -Name $name }
    $found
}

# By its name, as each answers to -Test.
function Get-SettingFact {
    $asks = @($variables | ForEach-Object { , @('variable', @{ Name = $_ }) })
    $asks += , @('proxy-service', @{})
    $asks += , @('address', @{})
    $asks += , @('route', $(if ($asked.subnet) { @{ Subnet = $asked.subnet } } else { @{} }))
    $asks += , @('firewall', @{})
    $asks += , @('portproxy', @{})
    foreach ($ask in $asks) {
        $arguments = $ask[1]
        ConvertFrom-Json -InputObject (& "$PSScriptRoot/settings/$($ask[0]).ps1" -Test @arguments)
    }
}

$facts = [ordered]@{
    administrator = Test-Administrator
    os            = Get-Told os { Get-OsFact }
    services      = Get-Told services { Get-ServiceFacts }
    ecsTools      = Get-Told ecsTools { Get-EcsTools }
    rebootTask    = Get-Told rebootTask { Get-RebootTask }
    adapters      = @(Get-ToldList adapters { Get-CredentialsAdapter | ForEach-Object { $_.Name } })
    port80        = @(Get-ToldList port80 { Get-Listener -Port $CredentialsPort | ForEach-Object { [pscustomobject]@{ address = $_.Address; program = $_.Process } } })
    excludedPorts = @(Get-ToldList excludedPorts { Get-ExcludedPort })
    variables     = Get-Told variables { Get-VariableFact }
    settings      = @(Get-SettingFact)
    unknown       = $unknown
}
# A list that could not be told is none. Made here: an array that came out of a function is an object with a Count in
# the JSON of 5.1.
foreach ($name in @('adapters', 'port80', 'excludedPorts')) { if ($unknown.Contains($name)) { $facts[$name] = $null } }
ConvertTo-Answer $facts
exit 0

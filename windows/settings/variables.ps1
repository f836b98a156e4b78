<#
.SYNOPSIS
The agent's machine variables: task roles on; by choice network interfaces for tasks, and the metadata service closed to those.

.DESCRIPTION
Read by the agent when it starts, and by nothing before. Others than those asked for are left alone.
Answers with one JSON object. Exit code 0: it holds; 2: it does not; 3: could not be told; 1: could not be set.

.PARAMETER TaskEni
ECS_ENABLE_TASK_ENI too: awsvpc tasks, on Windows Server 2019 and later, IPv4 only.

.PARAMETER BlockImds
ECS_AWSVPC_BLOCK_IMDS too: awsvpc tasks cannot reach the metadata service.
#>
[CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Test')]
param(
    [Parameter(ParameterSetName = 'Test')][switch]$Test,
    [Parameter(ParameterSetName = 'Set', Mandatory)][switch]$Set,
    [switch]$TaskEni,
    [switch]$BlockImds
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../Taskfence.psm1", "$PSScriptRoot/../Machine.psm1"

# The agent takes more words for true; what starts it on Windows takes only this one.
function Get-WrongVariable {
    $wanted = @('ECS_ENABLE_TASK_IAM_ROLE')
    if ($TaskEni) { $wanted += 'ECS_ENABLE_TASK_ENI' }
    if ($BlockImds) { $wanted += 'ECS_AWSVPC_BLOCK_IMDS' }
    foreach ($name in $wanted) {
        $value = Get-MachineVariable -Name $name
        if ($value -ne 'true') { [pscustomobject]@{ Name = $name; Value = $value } }
    }
}

function Find-Variable {
    $wrong = @(Get-WrongVariable | ForEach-Object {
            if ($null -eq $_.Value) { "$($_.Name) is not set" } else { "$($_.Name) is '$($_.Value)'" }
        })
    Format-Finding -State 'set to true' -Fault ($wrong -join ', ')
}

function Repair-Variable {
    foreach ($variable in @(Get-WrongVariable)) {
        if (-not $PSCmdlet.ShouldProcess("machine variable $($variable.Name)", 'set to true')) { continue }
        Set-MachineVariable -Name $variable.Name -Value 'true'
        "set $($variable.Name) to true"
    }
}

$answer = Resolve-Setting -Name variables -Set:$Set -Find { Find-Variable } -Repair { Repair-Variable }
ConvertTo-Answer $answer
exit (Get-ExitCode $answer -Set:$Set)

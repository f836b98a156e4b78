<#
.SYNOPSIS
One of the agent's machine variables is "true".

.DESCRIPTION
The agent reads them when it starts, and not before: a change counts once the service AmazonECS was restarted.
Answers with one JSON object. Exit code 0: it holds; 2: it does not; 3: could not be told; 1: could not be set.

.PARAMETER Name
ECS_ENABLE_TASK_IAM_ROLE: task roles. ECS_ENABLE_TASK_ENI: awsvpc tasks, on Windows Server 2019 and later, IPv4 only.
ECS_AWSVPC_BLOCK_IMDS: awsvpc tasks cannot reach the metadata service.
#>
[CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Test')]
param(
    [Parameter(ParameterSetName = 'Test')][switch]$Test,
    [Parameter(ParameterSetName = 'Set', Mandatory)][switch]$Set,
    [ValidateSet('ECS_ENABLE_TASK_IAM_ROLE', 'ECS_ENABLE_TASK_ENI', 'ECS_AWSVPC_BLOCK_IMDS')]
    [string]$Name = 'ECS_ENABLE_TASK_IAM_ROLE'
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../Taskfence.psm1", "$PSScriptRoot/../Machine.psm1"

# The agent takes more words for true; what starts it on Windows takes only this one.
function Find-Variable {
    $value = Get-MachineVariable -Name $Name
    if ($null -eq $value) { return Format-Finding -Fault 'not set' }
    if ($value -ne 'true') { return Format-Finding -Fault "'$value', not true" }
    Format-Finding -State 'true'
}

function Repair-Variable {
    if (-not $PSCmdlet.ShouldProcess("machine variable $Name", 'set to true')) { return }
    Set-MachineVariable -Name $Name -Value 'true'
    "set $Name to true"
}

$answer = Resolve-Setting -Name "variable $Name" -Set:$Set -Find { Find-Variable } -Repair { Repair-Variable }
ConvertTo-Answer $answer
exit (Get-ExitCode $answer -Set:$Set)
